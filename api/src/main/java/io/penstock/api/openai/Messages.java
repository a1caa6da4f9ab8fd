package io.penstock.api.openai;

import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Checks chat messages and brings them into the form that chat templates expect. */
final class Messages {
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool");

  /** Optional fields of a message that templates look at. */
  private static final List<String> PASSED_ON =
      List.of("name", "tool_call_id", "reasoning_content");

  private final JsonMapper json;

  Messages(JsonMapper json) {
    this.json = json;
  }

  List<Map<String, Object>> read(JsonNode messages) {
    if (Texts.absent(messages)) {
      throw ApiException.invalid(
          "messages", "missing_required_parameter", "Missing required parameter: 'messages'.");
    }
    if (!messages.isArray()) {
      throw Texts.wrongType("messages", "an array of messages");
    }
    if (messages.isEmpty()) {
      throw ApiException.invalid(
          "messages", "invalid_value", "Invalid value for 'messages': it must not be empty.");
    }
    List<Map<String, Object>> result = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      result.add(message(messages.get(i), "messages[" + i + "]"));
    }
    return result;
  }

  private Map<String, Object> message(JsonNode message, String param) {
    if (!message.isObject()) {
      throw Texts.wrongType(param, "a message object");
    }
    String role = role(message.path("role"), param + ".role");
    Map<String, Object> result = new LinkedHashMap<>();
    // Open models know no developer; OpenAI treats the two alike where one is missing.
    result.put("role", role.equals("developer") ? "system" : role);
    JsonNode toolCalls = message.path("tool_calls");
    boolean calls = role.equals("assistant") && toolCalls.isArray() && !toolCalls.isEmpty();
    result.put("content", content(message.path("content"), param + ".content", calls));
    if (calls) {
      result.put("tool_calls", toolCalls(toolCalls, param + ".tool_calls"));
    }
    for (String field : PASSED_ON) {
      JsonNode value = message.path(field);
      if (!Texts.absent(value)) {
        result.put(field, Texts.string(value, param + "." + field));
      }
    }
    return result;
  }

  private static String role(JsonNode role, String param) {
    if (Texts.absent(role)) {
      throw ApiException.invalid(
          param,
          "missing_required_parameter",
          "Missing required parameter: '%s'.".formatted(param));
    }
    String value = Texts.string(role, param);
    if (!ROLES.contains(value)) {
      throw ApiException.invalid(
          param,
          "invalid_value",
          "Invalid value: '%s'. Supported values are: %s."
              .formatted(shortened(value), ROLES.stream().sorted().toList()));
    }
    return value;
  }

  static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }

  /** A string, or text parts, which are joined by line breaks as in vLLM. */
  private static Object content(JsonNode content, String param, boolean optional) {
    if (Texts.absent(content)) {
      if (optional) {
        return null;
      }
      throw ApiException.invalid(
          param,
          "missing_required_parameter",
          "Missing required parameter: '%s'.".formatted(param));
    }
    if (content.isString()) {
      return Texts.string(content, param);
    }
    if (!content.isArray()) {
      throw Texts.wrongType(param, "a string or an array of text parts");
    }
    if (content.isEmpty()) {
      throw ApiException.invalid(
          param, "invalid_value", "Invalid value for '%s': it must not be empty.".formatted(param));
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < content.size(); i++) {
      parts.add(part(content.get(i), param + "[" + i + "]"));
    }
    return String.join("\n", parts);
  }

  private static String part(JsonNode part, String param) {
    if (!part.isObject()) {
      throw Texts.wrongType(param, "a text part");
    }
    JsonNode type = part.path("type");
    if (!type.isString()) {
      throw Texts.wrongType(param + ".type", "a string");
    }
    return switch (type.stringValue()) {
      case "text" -> Texts.string(part.path("text"), param + ".text");
      case "refusal" -> Texts.string(part.path("refusal"), param + ".refusal");
      case "image_url", "input_audio", "file", "video_url", "audio_url" ->
          throw ApiException.invalid(
              param,
              "unsupported_parameter",
              "Content of type '%s' is not supported by this model; it reads text only."
                  .formatted(type.stringValue()));
      default ->
          throw ApiException.invalid(
              param + ".type",
              "invalid_value",
              "Invalid value: '%s'.".formatted(shortened(type.stringValue())));
    };
  }

  /** OpenAI carries arguments as JSON text, templates want them parsed. */
  private List<Object> toolCalls(JsonNode calls, String param) {
    List<Object> result = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      JsonNode function = calls.get(i).path("function");
      if (!function.path("name").isString()) {
        throw Texts.wrongType(param + "[" + i + "].function.name", "a string");
      }
      Map<String, Object> call = object(calls.get(i));
      Map<String, Object> described = object(function);
      JsonNode arguments = function.path("arguments");
      if (arguments.isString()) {
        described.put(
            "arguments", parsed(arguments.stringValue(), param + "[" + i + "].function.arguments"));
      }
      call.put("function", described);
      result.add(call);
    }
    return result;
  }

  private Object parsed(String arguments, String param) {
    try {
      return json.readValue(arguments.isBlank() ? "{}" : arguments, Object.class);
    } catch (JacksonException _) {
      throw ApiException.invalid(
          param, "invalid_value", "Invalid value for '%s': it is not JSON.".formatted(param));
    }
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> object(JsonNode node) {
    return json.treeToValue(node, LinkedHashMap.class);
  }
}
