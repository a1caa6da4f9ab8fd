package io.penstock.api.openai.responses;

import io.penstock.api.openai.Texts;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Items of a response's input, checked and as they are kept; and as messages of a chat. */
final class InputItems {
  private static final String CONTENT = "content";
  private static final String CALL_ID = "call_id";
  private static final String TOOL_CALLS = "tool_calls";

  private final JsonMapper json;

  InputItems(JsonMapper json) {
    this.json = json;
  }

  /** Each with a type and an id. */
  ArrayNode read(JsonNode input) {
    if (Texts.absent(input)) {
      throw ApiException.invalid(
          "input", "missing_required_parameter", "Missing required parameter: 'input'.");
    }
    ArrayNode items = json.createArrayNode();
    if (input.isString()) {
      ObjectNode message = items.addObject().put("type", "message").put("role", "user");
      message
          .putArray(CONTENT)
          .addObject()
          .put("type", "input_text")
          .put("text", Texts.string(input, "input"));
      message.put("id", newId("msg_"));
      return items;
    }
    if (!input.isArray() || input.isEmpty()) {
      throw Texts.wrongType("input", "a string or a non-empty array of items");
    }
    for (int i = 0; i < input.size(); i++) {
      items.add(item(input.get(i), "input[" + i + "]"));
    }
    return items;
  }

  private ObjectNode item(JsonNode item, String param) {
    if (!item.isObject()) {
      throw Texts.wrongType(param, "an item");
    }
    ObjectNode kept = ((ObjectNode) item).deepCopy();
    String type =
        Texts.absent(item.path("type"))
            ? "message"
            : Texts.string(item.path("type"), param + ".type");
    kept.put("type", type);
    String prefix =
        switch (type) {
          case "message" -> {
            message(item, param);
            yield "msg_";
          }
          case "function_call" -> {
            Texts.string(item.path(CALL_ID), param + ".call_id");
            Texts.string(item.path("name"), param + ".name");
            Texts.string(item.path("arguments"), param + ".arguments");
            yield "fc_";
          }
          case "function_call_output" -> {
            Texts.string(item.path(CALL_ID), param + ".call_id");
            text(item.path("output"), param + ".output");
            yield "fco_";
          }
          case "reasoning" -> {
            thoughts(item, param);
            yield "rs_";
          }
          default ->
              throw ApiException.invalid(
                  param + ".type",
                  "unsupported_parameter",
                  "Items of this type are not supported by this server; message, function_call, function_call_output and reasoning are.");
        };
    if (!item.path("id").isString()) {
      kept.put("id", newId(prefix));
    }
    return kept;
  }

  private static void message(JsonNode item, String param) {
    String role = Texts.string(item.path("role"), param + ".role");
    if (!List.of("user", "assistant", "system", "developer").contains(role)) {
      throw ApiException.invalid(
          param + ".role",
          "invalid_value",
          "Invalid value for '%s.role': it must be one of user, assistant, system, developer."
              .formatted(param));
    }
    text(item.path(CONTENT), param + "." + CONTENT);
  }

  /** A string, or text parts, one a line. */
  private static String text(JsonNode content, String param) {
    if (content.isString()) {
      return Texts.string(content, param);
    }
    if (!content.isArray()) {
      throw Texts.wrongType(param, "a string or an array of text parts");
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < content.size(); i++) {
      JsonNode part = content.get(i);
      String where = param + "[" + i + "]";
      if (!part.isObject()) {
        throw Texts.wrongType(where, "a content part");
      }
      texts.add(
          switch (Texts.string(part.path("type"), where + ".type")) {
            case "input_text", "output_text", "text" ->
                Texts.string(part.path("text"), where + ".text");
            case "refusal" -> Texts.string(part.path("refusal"), where + ".refusal");
            default ->
                throw ApiException.invalid(
                    where,
                    "unsupported_parameter",
                    "Content of this type is not supported by this model; it reads text only.");
          });
    }
    return String.join("\n", texts);
  }

  private static String thoughts(JsonNode item, String param) {
    List<String> texts = new ArrayList<>();
    for (JsonNode part : item.path(CONTENT)) {
      texts.add(Texts.string(part.path("text"), param + ".content.text"));
    }
    return String.join("\n", texts);
  }

  /** Adds checked items, of input or output, to the messages of a chat. */
  void addTo(ArrayNode messages, JsonNode items) {
    for (JsonNode item : items) {
      switch (item.path("type").asString()) {
        case "message" ->
            messages
                .addObject()
                .put("role", item.path("role").asString())
                .put(CONTENT, text(item.path(CONTENT), "input"));
        case "reasoning" -> {} // of a turn that is over: templates leave it out
        case "function_call" -> call(messages, item);
        default ->
            messages
                .addObject()
                .put("role", "tool")
                .put("tool_call_id", item.path(CALL_ID).asString())
                .put(CONTENT, text(item.path("output"), "input"));
      }
    }
  }

  /** Calls that follow one another, or what the model said before, are of one message. */
  private void call(ArrayNode messages, JsonNode item) {
    ObjectNode last = messages.isEmpty() ? null : (ObjectNode) messages.get(messages.size() - 1);
    if (last == null || !last.path("role").asString().equals("assistant")) {
      last = messages.addObject().put("role", "assistant").putNull(CONTENT);
    }
    ArrayNode calls =
        last.has(TOOL_CALLS) ? (ArrayNode) last.get(TOOL_CALLS) : last.putArray(TOOL_CALLS);
    calls
        .addObject()
        .put("id", item.path(CALL_ID).asString())
        .put("type", "function")
        .putObject("function")
        .put("name", item.path("name").asString())
        .put("arguments", item.path("arguments").asString());
  }

  static String newId(String prefix) {
    return prefix + RequestContext.randomHex(24);
  }
}
