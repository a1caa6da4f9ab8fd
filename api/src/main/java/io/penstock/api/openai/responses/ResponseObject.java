package io.penstock.api.openai.responses;

import io.penstock.api.gateway.Outcome;
import io.penstock.api.openai.ChatCall;
import io.penstock.api.openai.Texts;
import io.penstock.api.platform.RequestContext;
import java.time.Instant;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The response as clients see it: what was asked for, and what became of it. */
final class ResponseObject {
  private static final String STATUS = "status";

  private final JsonMapper json;
  private final ObjectNode node;

  ResponseObject(
      JsonMapper json, ResponsesRequest body, ChatCall call, RequestContext context, String id) {
    this.json = json;
    this.node = json.createObjectNode();
    node.put("id", id).put("object", "response");
    node.put("created_at", context.receivedAt().getEpochSecond());
    node.put(STATUS, "in_progress").put("background", false);
    node.putNull("completed_at").putNull("error").putNull("incomplete_details");
    node.put("instructions", body.instructions());
    node.set("max_output_tokens", json.valueToTree(body.maxOutputTokens()));
    node.putNull("max_tool_calls");
    node.put("model", call.model());
    node.putArray("output");
    node.put("parallel_tool_calls", !Boolean.FALSE.equals(body.parallelToolCalls()));
    node.put("previous_response_id", body.previousResponseId());
    ObjectNode reasoning = node.putObject("reasoning");
    reasoning.put("effort", body.reasoning() == null ? null : body.reasoning().effort());
    reasoning.putNull("summary");
    node.put("service_tier", call.serviceTier());
    node.put("store", body.stored());
    node.put("temperature", call.generation().sampling().temperature());
    text(body.text());
    node.set(
        "tool_choice",
        Texts.absent(body.toolChoice()) ? json.valueToTree("auto") : body.toolChoice());
    node.set("tools", Texts.absent(body.tools()) ? json.createArrayNode() : body.tools());
    node.put("top_logprobs", 0);
    node.put("top_p", call.generation().sampling().topP());
    node.put("truncation", "disabled");
    node.putNull("usage");
    node.putNull("user");
    node.set(
        "metadata",
        body.metadata() == null ? json.createObjectNode() : json.valueToTree(body.metadata()));
  }

  private void text(JsonNode text) {
    ObjectNode shown = node.putObject("text");
    JsonNode format = text == null ? null : text.path("format");
    if (Texts.absent(format)) {
      shown.putObject("format").put("type", "text");
    } else {
      shown.set("format", format);
    }
    shown.put("verbosity", "medium");
  }

  /** As it is now; later changes do not show. */
  ObjectNode snapshot() {
    return node.deepCopy();
  }

  String id() {
    return node.path("id").asString();
  }

  /** It is over. */
  ObjectNode finished(ArrayNode output, Outcome outcome, int reasoningTokens, boolean cut) {
    node.put(STATUS, cut ? "incomplete" : "completed");
    if (cut) {
      node.putObject("incomplete_details").put("reason", "max_output_tokens");
    }
    node.put("completed_at", Instant.now().getEpochSecond());
    node.set("output", output);
    ObjectNode usage = node.putObject("usage");
    usage.put("input_tokens", outcome.promptTokens());
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", outcome.cachedTokens())
        .put("cache_write_tokens", 0);
    usage.put("output_tokens", outcome.completionTokens());
    usage.putObject("output_tokens_details").put("reasoning_tokens", reasoningTokens);
    usage.put("total_tokens", outcome.promptTokens() + outcome.completionTokens());
    return node;
  }

  /** It broke off. */
  ObjectNode failed(ArrayNode output, String code, String message) {
    node.put(STATUS, "failed");
    node.set("output", output);
    node.putObject("error").put("code", code).put("message", message);
    return node;
  }

  /** It could not be kept, and says so. */
  void notStored() {
    node.put("store", false);
  }
}
