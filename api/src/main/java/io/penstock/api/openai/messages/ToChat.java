package io.penstock.api.openai.messages;

import io.penstock.api.openai.ChatCompletionRequest;
import io.penstock.api.openai.Texts;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
import java.util.Set;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** From Anthropic's request to OpenAI's. */
@Component
final class ToChat {
  /** Accepted; they concern Anthropic's own caching and routing. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("cache_control", "context_management", "inference_geo", "speed");

  private static final String FORMAT = "output_config.format";

  private final JsonMapper json;
  private final Blocks blocks;

  ToChat(JsonMapper json) {
    this.json = json;
    this.blocks = new Blocks(json);
  }

  /**
   * @param counting whether only tokens are counted, which needs no {@code max_tokens}
   */
  ChatCompletionRequest convert(MessagesRequest body, boolean counting) {
    body.rest().forEach(ToChat::checkOther);
    ObjectNode chat = json.createObjectNode();
    chat.put("model", required(body.model(), "model"));
    if (!counting) {
      int maxTokens = required(body.maxTokens(), "max_tokens");
      chat.put("max_tokens", maxTokens);
    }
    chat.set("messages", blocks.messages(body.system(), body.messages()));
    if (body.temperature() != null) {
      if (!(body.temperature() >= 0 && body.temperature() <= 1)) {
        throw ApiException.invalid("temperature", "temperature: it must be between 0 and 1.");
      }
      chat.put("temperature", body.temperature());
    }
    if (body.topP() != null) {
      chat.put("top_p", body.topP());
    }
    if (body.topK() != null) {
      chat.put("top_k", body.topK());
    }
    if (!Texts.absent(body.stopSequences())) {
      chat.set("stop", body.stopSequences());
    }
    chat.put("stream", Boolean.TRUE.equals(body.stream()));
    tools(body.tools(), chat);
    choice(body.toolChoice(), chat);
    thinking(body.thinking(), chat);
    format(body.outputConfig(), chat);
    if (body.serviceTier() != null) {
      chat.put("service_tier", tier(body.serviceTier()));
    }
    return json.treeToValue(chat, ChatCompletionRequest.class);
  }

  private static void checkOther(String name, JsonNode value) {
    boolean asksForNothing = value.isNull() || value.isContainer() && value.isEmpty();
    if (!WITHOUT_EFFECT.contains(name) && !asksForNothing) {
      throw ApiException.invalid(
          name, "unknown_parameter", name + ": this field is not supported by this server.");
    }
  }

  private static <T> T required(T value, String name) {
    if (value == null) {
      throw ApiException.invalid(name, name + ": Field required");
    }
    return value;
  }

  private void tools(JsonNode tools, ObjectNode chat) {
    if (Texts.absent(tools)) {
      return;
    }
    if (!tools.isArray()) {
      throw Texts.wrongType("tools", "an array of tools");
    }
    ArrayNode converted = chat.putArray("tools");
    for (int i = 0; i < tools.size(); i++) {
      JsonNode tool = tools.get(i);
      String param = "tools." + i;
      if (!tool.isObject()) {
        throw Texts.wrongType(param, "a tool");
      }
      JsonNode type = tool.path("type");
      if (!Texts.absent(type) && !type.asString("").equals("custom")) {
        throw ApiException.invalid(
            param + ".type",
            param + ".type: only tools of your own ('custom') are supported by this server.");
      }
      if (!tool.path("input_schema").isObject()) {
        throw Texts.wrongType(param + ".input_schema", "a JSON schema");
      }
      ObjectNode function = converted.addObject().put("type", "function").putObject("function");
      function.put("name", Texts.string(tool.path("name"), param + ".name"));
      if (!Texts.absent(tool.path("description"))) {
        function.put("description", Texts.string(tool.path("description"), param + ".description"));
      }
      function.set("parameters", tool.path("input_schema"));
      if (tool.path("strict").isBoolean()) {
        function.set("strict", tool.path("strict"));
      }
    }
  }

  private static void choice(JsonNode choice, ObjectNode chat) {
    if (Texts.absent(choice)) {
      return;
    }
    if (!choice.isObject()) {
      throw Texts.wrongType("tool_choice", "an object");
    }
    switch (Texts.string(choice.path("type"), "tool_choice.type")) {
      case "auto" -> chat.put("tool_choice", "auto");
      case "any" -> chat.put("tool_choice", "required");
      case "none" -> chat.put("tool_choice", "none");
      case "tool" ->
          chat.putObject("tool_choice")
              .put("type", "function")
              .putObject("function")
              .put("name", Texts.string(choice.path("name"), "tool_choice.name"));
      default ->
          throw ApiException.invalid(
              "tool_choice.type", "tool_choice.type: it must be one of auto, any, tool, none.");
    }
    JsonNode alone = choice.path("disable_parallel_tool_use");
    if (!Texts.absent(alone)) {
      if (!alone.isBoolean()) {
        throw Texts.wrongType("tool_choice.disable_parallel_tool_use", "a boolean");
      }
      chat.put("parallel_tool_calls", !alone.booleanValue());
    }
  }

  private static void thinking(JsonNode thinking, ObjectNode chat) {
    if (Texts.absent(thinking)) {
      return;
    }
    boolean enabled =
        switch (Texts.string(thinking.path("type"), "thinking.type")) {
          case "enabled", "adaptive" -> true;
          case "disabled" -> false;
          default ->
              throw ApiException.invalid(
                  "thinking.type", "thinking.type: it must be one of enabled, adaptive, disabled.");
        };
    chat.putObject("chat_template_kwargs").put("enable_thinking", enabled);
  }

  private static void format(JsonNode config, ObjectNode chat) {
    if (Texts.absent(config)) {
      return;
    }
    if (!config.isObject()) {
      throw Texts.wrongType("output_config", "an object");
    }
    JsonNode format = config.path("format");
    if (Texts.absent(format)) {
      return;
    }
    if (!format.path("type").asString("").equals("json_schema")) {
      throw ApiException.invalid(FORMAT + ".type", FORMAT + ".type: it must be 'json_schema'.");
    }
    ObjectNode schema =
        chat.putObject("response_format").put("type", "json_schema").putObject("json_schema");
    schema.put("name", "output").set("schema", format.path("schema"));
  }

  /** An error of the chat, in the words of the request that it was made of. */
  static ApiException renamed(ApiException error) {
    OpenAiError.Body body = error.body().error();
    return body.param() != null && body.param().startsWith("response_format")
        ? ApiException.invalid(
            FORMAT, body.code(), body.message().replace("response_format", FORMAT))
        : error;
  }

  private static String tier(String name) {
    return switch (name) {
      case "auto" -> "auto";
      case "standard_only" -> "default";
      default ->
          throw ApiException.invalid(
              "service_tier", "service_tier: it must be 'auto' or 'standard_only'.");
    };
  }
}
