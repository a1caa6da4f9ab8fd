package io.penstock.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.penstock.api.platform.error.OpenAiError;
import java.util.List;

/**
 * Answer of {@code POST /v1/chat/completions}.
 *
 * @param created seconds since 1970
 * @param promptTokenIds only with {@code return_token_ids}
 */
record ChatCompletion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    Usage usage,
    String serviceTier,
    String systemFingerprint,
    @JsonInclude(Include.NON_NULL) List<Integer> promptTokenIds) {

  /**
   * @param stopReason the stop string or stop token id that ended it, as in vLLM
   * @param tokenIds only with {@code return_token_ids}
   * @param error the budget that ended it with {@code length} before its own length did. It stands
   *     in the choice because clients take an error beside the choices for the end of the stream
   */
  record Choice(
      int index,
      Message message,
      TokenTexts.ChatLogprobs logprobs,
      String finishReason,
      Object stopReason,
      @JsonInclude(Include.NON_NULL) List<Integer> tokenIds,
      @JsonInclude(Include.NON_NULL) OpenAiError.Body error) {}

  /**
   * @param content null when there is none, as beside tool calls
   * @param reasoningContent what a model that thinks thought, as in vLLM
   */
  record Message(
      String role,
      String content,
      String refusal,
      @JsonInclude(Include.NON_NULL) String reasoningContent,
      @JsonInclude(Include.NON_NULL) List<ToolCall> toolCalls) {}

  /**
   * @param type always {@code function}
   */
  record ToolCall(String id, String type, Function function) {
    /**
     * @param arguments a JSON object as text
     */
    record Function(String name, String arguments) {}
  }
}
