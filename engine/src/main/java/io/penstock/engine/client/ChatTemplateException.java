package io.penstock.engine.client;

/** The chat template refused the messages ({@code raise_exception}) or cannot be rendered. */
public final class ChatTemplateException extends RuntimeException {
  public ChatTemplateException(String message) {
    super(message);
  }
}
