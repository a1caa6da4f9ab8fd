package io.penstock.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Body of {@code POST /v1/responses}.
 *
 * @param input a string or items
 * @param store whether the response is kept, so that others may go on from it; by default it is
 * @param rest what is not modelled here
 */
record ResponsesRequest(
    String model,
    JsonNode input,
    String instructions,
    String previousResponseId,
    JsonNode tools,
    JsonNode toolChoice,
    Boolean parallelToolCalls,
    Double temperature,
    Double topP,
    Integer maxOutputTokens,
    Map<String, String> metadata,
    Boolean store,
    Boolean stream,
    JsonNode text,
    Reasoning reasoning,
    @Schema(allowableValues = {"auto", "default", "flex", "priority"}) String serviceTier,
    Integer priority,
    @JsonAnySetter @Schema(hidden = true) Map<String, JsonNode> rest) {

  /**
   * @param effort as {@code reasoning_effort} of chats
   */
  record Reasoning(String effort, String summary, String generateSummary) {}

  boolean stored() {
    return !Boolean.FALSE.equals(store);
  }
}
