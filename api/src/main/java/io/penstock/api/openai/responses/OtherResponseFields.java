package io.penstock.api.openai.responses;

import io.penstock.api.platform.error.ApiException;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Judges the fields of a request that its record does not model. */
final class OtherResponseFields {
  /** Accepted; they concern OpenAI's own caching and routing, or how a stream is padded. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "user",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "stream_options",
          "max_tool_calls");

  private static final Set<String> KNOWN =
      Set.of(
          "background",
          "conversation",
          "context_management",
          "include",
          "moderation",
          "prompt",
          "top_logprobs",
          "truncation");

  private OtherResponseFields() {}

  static void check(Map<String, JsonNode> fields) {
    fields.forEach(OtherResponseFields::check);
  }

  private static void check(String name, JsonNode value) {
    if (WITHOUT_EFFECT.contains(name)) {
      return;
    }
    if (!KNOWN.contains(name)) {
      throw ApiException.invalid(
          name, "unknown_parameter", "Unknown parameter: '%s'.".formatted(name));
    }
    if (!asksForNothing(name, value)) {
      throw ApiException.invalid(
          name, "unsupported_parameter", "'%s' is not supported by this server.".formatted(name));
    }
  }

  private static boolean asksForNothing(String name, JsonNode value) {
    return switch (name) {
      case "truncation" -> value.isNull() || value.asString("").equals("disabled");
      // Thoughts are not secret here, so there is nothing to encrypt.
      case "include" ->
          value.isNull()
              || value.isArray()
                  && value
                      .valueStream()
                      .allMatch(v -> v.asString("").equals("reasoning.encrypted_content"));
      case "top_logprobs" -> value.isNull() || value.isInt() && value.intValue() == 0;
      default ->
          value.isNull()
              || value.isContainer() && value.isEmpty()
              || value.isBoolean() && !value.booleanValue();
    };
  }
}
