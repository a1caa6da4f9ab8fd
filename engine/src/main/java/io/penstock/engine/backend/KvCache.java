package io.penstock.engine.backend;

/** Device memory of a paged key/value cache. Opaque: only the backend that made it may use it. */
public interface KvCache {
  KvCacheSpec spec();
}
