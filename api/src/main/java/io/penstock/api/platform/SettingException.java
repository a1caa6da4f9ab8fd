package io.penstock.api.platform;

/** A setting is wrong: the message names it and says the fix. Shown without a stack trace. */
public final class SettingException extends RuntimeException {
  public SettingException(String message) {
    super(message);
  }

  public SettingException(String message, Throwable cause) {
    super(message, cause);
  }
}
