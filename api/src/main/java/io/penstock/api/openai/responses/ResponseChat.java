package io.penstock.api.openai.responses;

import io.penstock.api.openai.ChatCompletionRequest;
import io.penstock.api.openai.Texts;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** From a request of the Responses API, and what went before it, to a chat. */
@Component
final class ResponseChat {
  private final JsonMapper json;
  private final InputItems items;

  ResponseChat(JsonMapper json) {
    this.json = json;
    this.items = new InputItems(json);
  }

  /** The items of the input, checked, as they are kept. */
  ArrayNode input(ResponsesRequest body) {
    return items.read(body.input());
  }

  /**
   * @param before items of the turns that it goes on from, oldest first
   * @param input as {@link #input} gave it
   */
  ChatCompletionRequest convert(ResponsesRequest body, List<JsonNode> before, ArrayNode input) {
    OtherResponseFields.check(body.rest());
    ObjectNode chat = json.createObjectNode();
    chat.put("model", body.model());
    ArrayNode messages = chat.putArray("messages");
    if (body.instructions() != null) {
      messages
          .addObject()
          .put("role", "system")
          .put("content", Texts.checked(body.instructions(), "instructions"));
    }
    before.forEach(turn -> items.addTo(messages, turn));
    items.addTo(messages, input);
    put(chat, "temperature", body.temperature());
    put(chat, "top_p", body.topP());
    put(chat, "service_tier", body.serviceTier());
    put(chat, "priority", body.priority());
    put(chat, "parallel_tool_calls", body.parallelToolCalls());
    put(chat, "stream", body.stream());
    put(chat, "store", body.store());
    if (body.maxOutputTokens() != null) {
      if (body.maxOutputTokens() < 1) {
        throw ApiException.invalid(
            "max_output_tokens",
            "invalid_value",
            "Invalid value for 'max_output_tokens': it must be at least 1.");
      }
      chat.put("max_completion_tokens", body.maxOutputTokens());
    }
    if (body.reasoning() != null) {
      put(chat, "reasoning_effort", body.reasoning().effort());
    }
    tools(body.tools(), chat);
    if (!Texts.absent(body.toolChoice())) {
      chat.set("tool_choice", body.toolChoice());
    }
    format(body.text(), chat);
    return json.treeToValue(chat, ChatCompletionRequest.class);
  }

  /** An error of the chat, in the words of the request that it was made of. */
  static ApiException renamed(ApiException error) {
    OpenAiError.Body body = error.body().error();
    String param = body.param();
    if (param == null || error.status() != HttpStatus.BAD_REQUEST) {
      return error;
    }
    String name =
        param
            .replaceFirst("^messages.*", "input")
            .replaceFirst("^max_completion_tokens$", "max_output_tokens")
            .replaceFirst("^reasoning_effort$", "reasoning.effort")
            .replaceFirst("^response_format(\\.json_schema)?", "text.format")
            .replaceFirst("^(tools\\[\\d+])\\.function", "$1");
    return name.equals(param)
        ? error
        : ApiException.invalid(name, body.code(), body.message().replace(param, name));
  }

  private void put(ObjectNode chat, String name, Object value) {
    if (value != null) {
      chat.set(name, json.valueToTree(value));
    }
  }

  private static void tools(JsonNode tools, ObjectNode chat) {
    if (Texts.absent(tools)) {
      return;
    }
    if (!tools.isArray()) {
      throw Texts.wrongType("tools", "an array of tools");
    }
    ArrayNode converted = chat.putArray("tools");
    for (int i = 0; i < tools.size(); i++) {
      JsonNode tool = tools.get(i);
      if (!tool.isObject()) {
        throw Texts.wrongType("tools[" + i + "]", "a tool object");
      }
      if (!tool.path("type").asString("").equals("function")) {
        throw ApiException.invalid(
            "tools[" + i + "].type",
            "unsupported_parameter",
            "Only tools of type 'function' are supported by this server.");
      }
      ObjectNode function = converted.addObject().put("type", "function").putObject("function");
      for (String field : List.of("name", "description", "parameters", "strict")) {
        if (!Texts.absent(tool.path(field))) {
          function.set(field, tool.path(field));
        }
      }
    }
  }

  private static void format(JsonNode text, ObjectNode chat) {
    if (Texts.absent(text)) {
      return;
    }
    if (!text.isObject()) {
      throw Texts.wrongType("text", "an object");
    }
    JsonNode format = text.path("format");
    if (Texts.absent(format)) {
      return;
    }
    switch (Texts.string(format.path("type"), "text.format.type")) {
      case "text" -> {}
      case "json_object" -> chat.putObject("response_format").put("type", "json_object");
      case "json_schema" -> {
        ObjectNode schema =
            chat.putObject("response_format").put("type", "json_schema").putObject("json_schema");
        for (String field : List.of("name", "description", "schema", "strict")) {
          if (!Texts.absent(format.path(field))) {
            schema.set(field, format.path(field));
          }
        }
      }
      default ->
          throw ApiException.invalid(
              "text.format.type",
              "invalid_value",
              "Invalid value for 'text.format.type': it must be one of text, json_object, json_schema.");
    }
  }
}
