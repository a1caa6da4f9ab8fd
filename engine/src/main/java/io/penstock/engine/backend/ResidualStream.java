package io.penstock.engine.backend;

/**
 * The (tokens, columns) sum that the sub-layers of a transformer read, normalised, and add to.
 * Opaque: besides the sum it may hold an addend that is yet to be added, so that a backend can fuse
 * the addition with the norm that follows. Only the backend that made it may use it.
 */
public interface ResidualStream {
  int rows();

  int columns();
}
