package io.penstock.engine.backend;

/**
 * The device does not answer any more, or what it holds is lost; nothing that was allocated on it
 * can be used again, and asking it would fail or hang.
 */
public class DeviceLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DeviceLostException(String message, Throwable cause) {
    super(message, cause);
  }

  public DeviceLostException(String message) {
    super(message);
  }
}
