package io.penstock.engine.backend;

/**
 * Device memory that is left for a KV cache.
 *
 * @param bytes what the cache may take; 0 or less when nothing is left
 * @param explanation how that comes about, for a message; one sentence
 */
public record CacheRoom(long bytes, String explanation) {}
