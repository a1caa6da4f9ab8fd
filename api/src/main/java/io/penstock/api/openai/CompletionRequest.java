package io.penstock.api.openai;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Body of {@code POST /v1/completions}: OpenAI's fields and vLLM's further ones.
 *
 * @param prompt a string, a list of strings, token ids or a list of lists of token ids
 * @param logprobs number of best alternatives to report
 * @param maxTokens 0 only with {@code echo}: nothing is generated
 * @param echo whether the text begins with the prompt, and the log-probabilities with its own
 * @param addSpecialTokens whether a text prompt gets the tokenizer's beginning token
 * @param serviceTier {@code auto}, or left out, takes what the tenant's plan says
 * @param priority as in vLLM: orders the tenant's own requests of a tier, lower first; 0 when left
 *     out
 * @param rest what is not modelled here, judged by {@link OtherFields}
 */
record CompletionRequest(
    String model,
    JsonNode prompt,
    Double temperature,
    Double topP,
    Integer topK,
    Double minP,
    Double repetitionPenalty,
    Double presencePenalty,
    Double frequencyPenalty,
    Map<String, Double> logitBias,
    Long seed,
    Integer maxTokens,
    Integer minTokens,
    JsonNode stop,
    JsonNode stopTokenIds,
    Boolean ignoreEos,
    Integer n,
    Integer logprobs,
    Boolean echo,
    Boolean skipSpecialTokens,
    Boolean includeStopStrInOutput,
    Boolean stream,
    StreamOptions streamOptions,
    Boolean returnTokenIds,
    Boolean addSpecialTokens,
    @Schema(allowableValues = {"auto", "default", "flex", "priority"}) String serviceTier,
    Integer priority,
    @JsonAnySetter @Schema(hidden = true) Map<String, JsonNode> rest)
    implements SamplingFields, SchedulingFields {

  /** Whether nothing is wanted but the prompt, as by those who score texts. */
  boolean echoesOnly() {
    return Boolean.TRUE.equals(echo) && maxTokens != null && maxTokens == 0;
  }
}
