package io.penstock.engine.core;

import java.nio.file.Path;

/** A model cannot be served: says which file, what is wrong with it and, where known, the fix. */
public final class ModelLoadException extends RuntimeException {
  public ModelLoadException(String message) {
    super(message);
  }

  public ModelLoadException(String message, Throwable cause) {
    super(message, cause);
  }

  public ModelLoadException(Path file, String message) {
    super(file + ": " + message);
  }

  public ModelLoadException(Path file, String message, Throwable cause) {
    super(file + ": " + message, cause);
  }
}
