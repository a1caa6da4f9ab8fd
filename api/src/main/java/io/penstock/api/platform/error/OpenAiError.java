package io.penstock.api.platform.error;

/** OpenAI's error body. */
public record OpenAiError(Body error) {
  /**
   * @param message for a person: what is wrong and the fix
   * @param type class of the error, such as {@code invalid_request_error}
   * @param param field that is wrong, or null
   * @param code for a program, or null
   */
  public record Body(String message, String type, String param, String code) {}
}
