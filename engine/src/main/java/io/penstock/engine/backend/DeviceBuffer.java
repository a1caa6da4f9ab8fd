package io.penstock.engine.backend;

/**
 * A dense (rows, columns) block of activations on a backend's device. Values have float semantics;
 * how wide they are stored is the backend's business. Opaque: only the backend that made it may use
 * it.
 */
public interface DeviceBuffer {
  int rows();

  int columns();
}
