package io.penstock.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;

/**
 * Answer of {@code POST /v1/completions}, and one event of its stream.
 *
 * @param created seconds since 1970
 * @param usage a {@link Usage}, a JSON null, or Java's null to leave the field out
 */
record Completion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    String systemFingerprint,
    @JsonInclude(Include.NON_NULL) Object usage) {

  /**
   * @param stopReason the stop string or stop token id that ended it, as in vLLM
   * @param tokenIds only with {@code return_token_ids}
   * @param promptTokenIds only with {@code return_token_ids}; in a stream only in a choice's first
   *     event
   */
  record Choice(
      int index,
      String text,
      TokenTexts.CompletionLogprobs logprobs,
      String finishReason,
      @JsonInclude(Include.NON_NULL) Object stopReason,
      @JsonInclude(Include.NON_NULL) List<Integer> tokenIds,
      @JsonInclude(Include.NON_NULL) List<Integer> promptTokenIds) {}
}
