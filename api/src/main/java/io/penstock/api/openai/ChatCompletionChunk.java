package io.penstock.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.penstock.api.platform.error.OpenAiError;
import java.util.List;

/**
 * One event of a streamed chat completion.
 *
 * @param usage a {@link Usage}, a JSON null, or Java's null to leave the field out
 */
record ChatCompletionChunk(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    String serviceTier,
    String systemFingerprint,
    @JsonInclude(Include.NON_NULL) Object usage,
    @JsonInclude(Include.NON_NULL) List<Integer> promptTokenIds) {

  /**
   * @param error the budget that ended it with {@code length} before its own length did. It stands
   *     in the choice because clients take an error beside the choices for the end of the stream
   */
  record Choice(
      int index,
      Delta delta,
      TokenTexts.ChatLogprobs logprobs,
      String finishReason,
      @JsonInclude(Include.NON_NULL) Object stopReason,
      @JsonInclude(Include.NON_NULL) List<Integer> tokenIds,
      @JsonInclude(Include.NON_NULL) OpenAiError.Body error) {}

  @JsonInclude(Include.NON_NULL)
  record Delta(
      String role, String content, String reasoningContent, List<ToolCallDelta> toolCalls) {
    static final Delta NOTHING = new Delta(null, null, null, null);

    static Delta content(String text) {
      return new Delta(null, text, null, null);
    }

    static Delta reasoning(String text) {
      return new Delta(null, null, text, null);
    }

    static Delta call(ToolCallDelta call) {
      return new Delta(null, null, null, List.of(call));
    }
  }

  /**
   * A tool call begins, or its arguments go on.
   *
   * @param id in the first of a call only, as are {@code type} and the function's name
   */
  @JsonInclude(Include.NON_NULL)
  record ToolCallDelta(int index, String id, String type, Function function) {
    /**
     * @param arguments further text of them
     */
    @JsonInclude(Include.NON_NULL)
    record Function(String name, String arguments) {}
  }
}
