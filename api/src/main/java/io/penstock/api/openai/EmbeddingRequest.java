package io.penstock.api.openai;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Body of {@code POST /v1/embeddings}: OpenAI's fields and vLLM's further ones.
 *
 * @param input a string, a list of strings, token ids or a list of lists of token ids
 * @param dimensions components that are kept, the first ones; all when left out
 * @param encodingFormat {@code float}, or {@code base64} of little-endian float32
 * @param truncatePromptTokens an input with more tokens is cut to so many, -1 to the longest that
 *     the model takes; refused when left out
 * @param addSpecialTokens whether a text gets the tokenizer's beginning and end tokens
 * @param pooling {@code mean}, {@code cls} or {@code last}; the model's own when left out
 * @param normalize whether vectors have the length 1; what the model was made for when left out
 * @param rest what is not modelled here, judged by {@link OtherFields}
 */
record EmbeddingRequest(
    String model,
    JsonNode input,
    Integer dimensions,
    @Schema(allowableValues = {"float", "base64"}) String encodingFormat,
    Integer truncatePromptTokens,
    Boolean addSpecialTokens,
    @Schema(allowableValues = {"mean", "cls", "last"}) String pooling,
    Boolean normalize,
    @Schema(allowableValues = {"auto", "default", "flex", "priority"}) String serviceTier,
    Integer priority,
    @JsonAnySetter @Schema(hidden = true) Map<String, JsonNode> rest)
    implements SchedulingFields {}
