package io.penstock.engine.backend;

/**
 * A loaded weight matrix of shape (outputs, inputs) with an optional bias, in whatever layout suits
 * the device. Opaque: only the backend that made it may use it.
 */
public interface Matrix {
  int outputs();

  int inputs();

  /** Bytes that one pass over the matrix reads. */
  long bytes();
}
