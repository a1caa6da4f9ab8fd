package io.penstock.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.penstock.api.platform.error.OpenAiError;
import java.util.List;

/**
 * Answer of {@code POST /v1/completions}, and one event of its stream.
 *
 * @param created seconds since 1970
 * @param serviceTier the tier that served it, as in chat completions
 * @param usage a {@link Usage}, a JSON null, or Java's null to leave the field out
 */
record Completion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    String serviceTier,
    String systemFingerprint,
    @JsonInclude(Include.NON_NULL) Object usage) {

  /**
   * @param stopReason the stop string or stop token id that ended it, as in vLLM
   * @param tokenIds only with {@code return_token_ids}
   * @param promptTokenIds only with {@code return_token_ids}; in a stream only in a choice's first
   *     event
   * @param error the budget that ended it with {@code length} before its own length did. It stands
   *     in the choice because clients take an error beside the choices for the end of the stream
   */
  record Choice(
      int index,
      String text,
      TokenTexts.CompletionLogprobs logprobs,
      String finishReason,
      @JsonInclude(Include.NON_NULL) Object stopReason,
      @JsonInclude(Include.NON_NULL) List<Integer> tokenIds,
      @JsonInclude(Include.NON_NULL) List<Integer> promptTokenIds,
      @JsonInclude(Include.NON_NULL) OpenAiError.Body error) {}
}
