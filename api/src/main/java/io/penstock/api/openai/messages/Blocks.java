package io.penstock.api.openai.messages;

import io.penstock.api.openai.Texts;
import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** From Anthropic's messages, made of blocks, to OpenAI's, where results are messages. */
final class Blocks {
  private static final String CONTENT = "content";

  private final JsonMapper json;

  Blocks(JsonMapper json) {
    this.json = json;
  }

  ArrayNode messages(JsonNode system, JsonNode messages) {
    ArrayNode result = json.createArrayNode();
    if (!Texts.absent(system)) {
      result.add(message("system", text(system, "system")));
    }
    if (Texts.absent(messages)) {
      throw ApiException.invalid("messages", "messages: Field required");
    }
    if (!messages.isArray() || messages.isEmpty()) {
      throw Texts.wrongType("messages", "a non-empty array of messages");
    }
    for (int i = 0; i < messages.size(); i++) {
      add(result, messages.get(i), "messages." + i);
    }
    return result;
  }

  private void add(ArrayNode result, JsonNode message, String param) {
    if (!message.isObject()) {
      throw Texts.wrongType(param, "a message object");
    }
    JsonNode content = message.path(CONTENT);
    String where = param + "." + CONTENT;
    switch (Texts.string(message.path("role"), param + ".role")) {
      case "user" -> user(result, content, where);
      case "assistant" -> result.add(assistant(content, where));
      case "system" -> result.add(message("system", text(content, where)));
      default ->
          throw ApiException.invalid(
              param + ".role", "%s.role: it must be 'user' or 'assistant'.".formatted(param));
    }
  }

  /** Results of tools first, each a message of its own, then what the user says. */
  private void user(ArrayNode result, JsonNode content, String param) {
    if (content.isString()) {
      result.add(message("user", Texts.string(content, param)));
      return;
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < blocks(content, param).size(); i++) {
      JsonNode block = content.get(i);
      String where = param + "." + i;
      switch (type(block, where)) {
        case "text" -> texts.add(Texts.string(block.path("text"), where + ".text"));
        case "tool_result" -> {
          ObjectNode message =
              message(
                  "tool",
                  Texts.absent(block.path(CONTENT))
                      ? ""
                      : text(block.path(CONTENT), where + ".content"));
          message.put(
              "tool_call_id", Texts.string(block.path("tool_use_id"), where + ".tool_use_id"));
          result.add(message);
        }
        default -> throw unsupported(block, where);
      }
    }
    if (!texts.isEmpty()) {
      result.add(message("user", String.join("\n", texts)));
    }
  }

  private ObjectNode assistant(JsonNode content, String param) {
    if (content.isString()) {
      return message("assistant", Texts.string(content, param));
    }
    List<String> texts = new ArrayList<>();
    List<String> thoughts = new ArrayList<>();
    ArrayNode calls = json.createArrayNode();
    for (int i = 0; i < blocks(content, param).size(); i++) {
      JsonNode block = content.get(i);
      String where = param + "." + i;
      switch (type(block, where)) {
        case "text" -> texts.add(Texts.string(block.path("text"), where + ".text"));
        case "thinking" -> thoughts.add(Texts.string(block.path("thinking"), where + ".thinking"));
        case "redacted_thinking" -> {} // of another server; we cannot read it
        case "tool_use" -> calls.add(call(block, where));
        default -> throw unsupported(block, where);
      }
    }
    ObjectNode message = message("assistant", String.join("\n", texts));
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
      if (texts.isEmpty()) {
        message.putNull(CONTENT);
      }
    }
    if (!thoughts.isEmpty()) {
      message.put("reasoning_content", String.join("\n", thoughts));
    }
    return message;
  }

  private ObjectNode call(JsonNode block, String param) {
    if (!block.path("input").isObject()) {
      throw Texts.wrongType(param + ".input", "an object");
    }
    ObjectNode call = json.createObjectNode();
    call.put("id", Texts.string(block.path("id"), param + ".id"));
    call.put("type", "function");
    call.putObject("function")
        .put("name", Texts.string(block.path("name"), param + ".name"))
        .put("arguments", json.writeValueAsString(block.path("input")));
    return call;
  }

  /** A string, or text blocks, one a line. */
  private static String text(JsonNode content, String param) {
    if (content.isString()) {
      return Texts.string(content, param);
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < blocks(content, param).size(); i++) {
      JsonNode block = content.get(i);
      if (!type(block, param + "." + i).equals("text")) {
        throw unsupported(block, param + "." + i);
      }
      texts.add(Texts.string(block.path("text"), param + "." + i + ".text"));
    }
    return String.join("\n", texts);
  }

  private static JsonNode blocks(JsonNode content, String param) {
    if (!content.isArray()) {
      throw Texts.wrongType(param, "a string or an array of content blocks");
    }
    return content;
  }

  private static String type(JsonNode block, String param) {
    if (!block.isObject()) {
      throw Texts.wrongType(param, "a content block");
    }
    return Texts.string(block.path("type"), param + ".type");
  }

  private static ApiException unsupported(JsonNode block, String param) {
    String type = block.path("type").stringValue();
    return ApiException.invalid(
        param,
        "%s: content of type '%s' is not supported here; models on this server read text only."
            .formatted(param, type.length() > 40 ? type.substring(0, 40) + "..." : type));
  }

  private ObjectNode message(String role, String content) {
    return json.createObjectNode().put("role", role).put(CONTENT, content);
  }
}
