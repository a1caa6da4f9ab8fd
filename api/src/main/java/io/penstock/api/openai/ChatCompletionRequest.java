package io.penstock.api.openai;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Body of {@code POST /v1/chat/completions}: OpenAI's fields and vLLM's further ones.
 *
 * @param maxTokens the older name of {@code max_completion_tokens}
 * @param serviceTier {@code auto}, or left out, takes what the tenant's plan says
 * @param priority as in vLLM: orders the tenant's own requests of a tier, lower first; 0 when left
 *     out
 * @param toolChoice {@code auto}, {@code none}, {@code required} or an object that names tools
 * @param reasoningEffort {@code none} to answer without thinking; the rest is for templates that
 *     know it
 * @param includeReasoning as in vLLM: false leaves thoughts out of the answer
 * @param rest what is not modelled here, judged by {@link OtherFields}
 */
public record ChatCompletionRequest(
    String model,
    JsonNode messages,
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
    Integer maxCompletionTokens,
    Integer minTokens,
    JsonNode stop,
    JsonNode stopTokenIds,
    Boolean ignoreEos,
    Integer n,
    Boolean logprobs,
    Integer topLogprobs,
    Boolean skipSpecialTokens,
    Boolean includeStopStrInOutput,
    Boolean stream,
    StreamOptions streamOptions,
    Boolean returnTokenIds,
    Boolean addGenerationPrompt,
    Map<String, Object> chatTemplateKwargs,
    JsonNode tools,
    JsonNode toolChoice,
    Boolean parallelToolCalls,
    String reasoningEffort,
    Boolean includeReasoning,
    @Schema(allowableValues = {"auto", "default", "flex", "priority"}) String serviceTier,
    Integer priority,
    @JsonAnySetter @Schema(hidden = true) Map<String, JsonNode> rest)
    implements SamplingFields, SchedulingFields {}
