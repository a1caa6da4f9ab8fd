package io.penstock.api.openai;

import io.penstock.api.platform.error.ApiException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Judges the fields that a request record does not model. Some are known and change nothing here;
 * some are features that we lack, refused unless they ask for nothing; anything else is probably a
 * misspelling and refused as well, because ignoring it would answer another question than the one
 * that was asked.
 */
final class OtherFields {
  private static final String STORE = "store";

  /**
   * Accepted; they concern OpenAI's own storage, caching and routing. Of these {@code store} has a
   * meaning here too: {@link #stores}.
   */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "user",
          STORE,
          "metadata",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "request_id");

  /** Features that we lack, with what may be said without asking for them. */
  private static final Map<String, Predicate<JsonNode>> UNSUPPORTED =
      Map.ofEntries(
          Map.entry("functions", OtherFields::isEmptyArray),
          Map.entry("function_call", is("none")),
          Map.entry("modalities", node -> node.size() == 1 && is("text").test(node.get(0))),
          Map.entry("audio", never()),
          Map.entry("prediction", never()),
          Map.entry("web_search_options", never()),
          Map.entry("verbosity", is("medium")),
          Map.entry("suffix", is("")),
          Map.entry("best_of", isNumber(1)),
          Map.entry("use_beam_search", isFalse()),
          Map.entry("length_penalty", isNumber(1)),
          Map.entry("prompt_logprobs", never()),
          Map.entry("truncate_prompt_tokens", never()),
          Map.entry("continue_final_message", isFalse()),
          Map.entry("chat_template", never()),
          Map.entry("documents", OtherFields::isEmptyArray),
          Map.entry("echo", isFalse()),
          Map.entry("bad_words", OtherFields::isEmptyArray),
          Map.entry("allowed_token_ids", never()),
          Map.entry("logits_processors", never()),
          Map.entry("cache_salt", never()),
          Map.entry("return_tokens_as_token_ids", isFalse()),
          Map.entry("spaces_between_special_tokens", OtherFields::isBoolean),
          Map.entry("moderation", never()));

  private OtherFields() {}

  /**
   * Whether texts may be kept where the organization wants that: not if it says anything but true.
   */
  static boolean stores(Map<String, JsonNode> fields) {
    JsonNode store = fields.get(STORE);
    return store == null || store.isNull() || store.isBoolean() && store.booleanValue();
  }

  static void check(Map<String, JsonNode> fields) {
    fields.forEach(OtherFields::check);
  }

  private static void check(String name, JsonNode value) {
    if (WITHOUT_EFFECT.contains(name) || StructuredOutput.knows(name)) {
      return;
    }
    Predicate<JsonNode> harmless = UNSUPPORTED.get(name);
    if (harmless == null) {
      throw ApiException.invalid(
          name, "unknown_parameter", "Unrecognized request argument supplied: " + name);
    }
    if (!value.isNull() && !harmless.test(value)) {
      throw ApiException.invalid(
          name, "unsupported_parameter", "'%s' is not supported by this server.".formatted(name));
    }
  }

  private static boolean isEmptyArray(JsonNode node) {
    return node.isArray() && node.isEmpty();
  }

  private static boolean isBoolean(JsonNode node) {
    return node.isBoolean();
  }

  private static Predicate<JsonNode> isFalse() {
    return node -> node.isBoolean() && !node.booleanValue();
  }

  private static Predicate<JsonNode> is(String text) {
    return node -> node.isString() && node.stringValue().equals(text);
  }

  private static Predicate<JsonNode> isNumber(double number) {
    return node -> node.isNumber() && node.doubleValue() == number;
  }

  private static Predicate<JsonNode> never() {
    return _ -> false;
  }
}
