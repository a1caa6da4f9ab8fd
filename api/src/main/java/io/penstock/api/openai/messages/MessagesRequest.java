package io.penstock.api.openai.messages;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Body of {@code POST /v1/messages}, in Anthropic's shape.
 *
 * @param system a string or text blocks
 * @param stopSequences strings that end the answer
 * @param thinking whether a model that can think shall
 * @param serviceTier {@code auto} or {@code standard_only}, which is OpenAI's {@code default}
 * @param outputConfig a format that the answer must have; its {@code effort} changes nothing
 * @param rest what is not modelled here
 */
record MessagesRequest(
    String model,
    Integer maxTokens,
    JsonNode messages,
    JsonNode system,
    JsonNode stopSequences,
    Boolean stream,
    Double temperature,
    Integer topK,
    Double topP,
    JsonNode tools,
    JsonNode toolChoice,
    JsonNode thinking,
    JsonNode metadata,
    JsonNode outputConfig,
    @Schema(allowableValues = {"auto", "standard_only"}) String serviceTier,
    @JsonAnySetter @Schema(hidden = true) Map<String, JsonNode> rest) {}
