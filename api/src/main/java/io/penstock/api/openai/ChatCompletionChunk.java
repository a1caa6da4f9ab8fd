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
  record Delta(String role, String content) {
    static final Delta NOTHING = new Delta(null, null);
  }
}
