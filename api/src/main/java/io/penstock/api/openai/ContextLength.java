package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.error.ApiException;

/** Keeps prompt and output within what the model can see. */
final class ContextLength {
  private ContextLength() {}

  /**
   * Tokens that may be generated after a prompt.
   *
   * @param requested null to take {@code otherwise}, cut to the room that is left
   * @param requestedParam field that {@code requested} came from
   * @param promptParam field that the prompt came from
   */
  static int maxTokens(
      ServedModel model,
      int promptTokens,
      Integer requested,
      String requestedParam,
      int otherwise,
      String promptParam) {
    int room = model.maxModelLen() - promptTokens;
    if (room < 1) {
      throw exceeded(
          promptParam,
          "This model's maximum context length is %d tokens, but your %s resulted in %d tokens. Please reduce the length of the %s."
              .formatted(model.maxModelLen(), promptParam, promptTokens, promptParam));
    }
    if (requested == null) {
      return Math.min(otherwise, room);
    }
    if (requested < 1) {
      throw Sampling.outOfRange(requestedParam, "at least 1");
    }
    if (requested > room) {
      throw exceeded(
          requestedParam,
          "This model's maximum context length is %d tokens. However, you requested %d tokens (%d in the %s, %d in the completion). Please reduce the length of the %s or the completion."
              .formatted(
                  model.maxModelLen(),
                  (long) promptTokens + requested,
                  promptTokens,
                  promptParam,
                  requested,
                  promptParam));
    }
    return requested;
  }

  /** Nothing is generated after a prompt, which may take all of the context then. */
  static int ofPrompt(ServedModel model, int promptTokens, String promptParam) {
    if (promptTokens > model.maxModelLen()) {
      throw exceeded(
          promptParam,
          "This model's maximum context length is %d tokens, but your %s resulted in %d tokens. Please reduce the length of the %s."
              .formatted(model.maxModelLen(), promptParam, promptTokens, promptParam));
    }
    return 0;
  }

  /** Refuses a text that cannot fit, whatever its tokens are, before time is spent on them. */
  static String checkRoughly(ServedModel model, String text, String promptParam) {
    int least = model.leastTokens(text);
    if (least >= model.maxModelLen()) {
      throw exceeded(
          promptParam,
          "This model's maximum context length is %d tokens, but your %s have at least %d. Please reduce the length of the %s."
              .formatted(model.maxModelLen(), promptParam, least, promptParam));
    }
    return text;
  }

  private static ApiException exceeded(String param, String message) {
    return ApiException.invalid(param, "context_length_exceeded", message);
  }
}
