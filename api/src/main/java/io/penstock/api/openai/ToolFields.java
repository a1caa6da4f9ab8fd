package io.penstock.api.openai;

import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads {@code tools}, {@code tool_choice} and {@code parallel_tool_calls}. */
final class ToolFields {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final int MOST_TOOLS = 128;
  private static final String CHOICE = "tool_choice";

  private final JsonMapper json;

  ToolFields(JsonMapper json) {
    this.json = json;
  }

  ToolUse read(JsonNode tools, JsonNode choice, Boolean parallel) {
    ToolUse offered =
        new ToolUse(tools(tools), strict(tools), false, !Boolean.FALSE.equals(parallel));
    if (Texts.absent(choice)) {
      return offered;
    }
    if (choice.isString()) {
      return named(choice.stringValue(), offered);
    }
    if (!choice.isObject() || !choice.path("type").isString()) {
      throw Texts.wrongType(CHOICE, "'auto', 'none', 'required' or an object with a type");
    }
    return switch (choice.path("type").stringValue()) {
      case "function" -> {
        // OpenAI's Responses API has the name beside the type.
        boolean flat = choice.path("function").isMissingNode();
        String param = flat ? "tool_choice.name" : "tool_choice.function.name";
        String name =
            Texts.string(flat ? choice.path("name") : choice.path("function").path("name"), param);
        yield offered.only(List.of(find(name, offered, param)), true, false);
      }
      case "allowed_tools" -> allowed(choice, offered);
      default -> throw unknownChoice();
    };
  }

  private static ToolUse named(String choice, ToolUse offered) {
    return switch (choice) {
      case "auto" -> offered;
      case "none" -> ToolUse.NONE;
      case "required" -> {
        if (!offered.any()) {
          throw ApiException.invalid(
              CHOICE, "invalid_value", "'tool_choice' is 'required', but there are no 'tools'.");
        }
        yield offered.only(offered.tools(), true, offered.parallel());
      }
      default -> throw unknownChoice();
    };
  }

  private ToolUse allowed(JsonNode choice, ToolUse offered) {
    boolean flat = choice.path("allowed_tools").isMissingNode();
    JsonNode described = flat ? choice : choice.path("allowed_tools");
    String prefix = flat ? "tool_choice." : "tool_choice.allowed_tools.";
    JsonNode names = described.path("tools");
    if (!names.isArray() || names.isEmpty()) {
      throw Texts.wrongType(prefix + "tools", "a non-empty array of tools");
    }
    List<Map<String, Object>> allowed = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      JsonNode named = names.get(i);
      String param = prefix + "tools[" + i + "].name";
      JsonNode name =
          named.path("name").isMissingNode()
              ? named.path("function").path("name")
              : named.path("name");
      allowed.add(find(Texts.string(name, param), offered, param));
    }
    return switch (Texts.string(described.path("mode"), prefix + "mode")) {
      case "auto" -> offered.only(allowed, false, offered.parallel());
      case "required" -> offered.only(allowed, true, offered.parallel());
      default -> throw Sampling.outOfRange(prefix + "mode", "'auto' or 'required'");
    };
  }

  private static ApiException unknownChoice() {
    return Sampling.outOfRange(
        CHOICE, "'auto', 'none', 'required' or an object of type 'function' or 'allowed_tools'");
  }

  private static Map<String, Object> find(String name, ToolUse offered, String param) {
    return offered.tools().stream()
        .filter(tool -> ToolUse.name(tool).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                ApiException.invalid(
                    param,
                    "invalid_value",
                    "Invalid value for '%s': there is no such tool in 'tools'.".formatted(param)));
  }

  private static Set<String> strict(JsonNode tools) {
    Set<String> names = new HashSet<>();
    if (tools != null) {
      for (int i = 0; i < tools.size(); i++) {
        JsonNode function = tools.get(i).path("function");
        JsonNode strict = function.path("strict");
        if (!Texts.absent(strict) && !strict.isBoolean()) {
          throw Texts.wrongType("tools[" + i + "].function.strict", "a boolean");
        }
        if (strict.asBoolean(false)) {
          names.add(function.path("name").asString());
        }
      }
    }
    return names;
  }

  private List<Map<String, Object>> tools(JsonNode tools) {
    if (Texts.absent(tools)) {
      return List.of();
    }
    if (!tools.isArray()) {
      throw Texts.wrongType("tools", "an array of tools");
    }
    if (tools.size() > MOST_TOOLS) {
      throw Sampling.outOfRange("tools", "at most " + MOST_TOOLS + " tools");
    }
    List<Map<String, Object>> result = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < tools.size(); i++) {
      String param = "tools[" + i + "]";
      Map<String, Object> tool = tool(tools.get(i), param);
      if (!names.add(ToolUse.name(tool))) {
        throw ApiException.invalid(
            param + ".function.name",
            "invalid_value",
            "Invalid value for '%s.function.name': another tool has this name.".formatted(param));
      }
      result.add(tool);
    }
    return result;
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> tool(JsonNode tool, String param) {
    if (!tool.isObject()) {
      throw Texts.wrongType(param, "a tool object");
    }
    String type = Texts.string(tool.path("type"), param + ".type");
    if (!type.equals("function")) {
      throw ApiException.invalid(
          param + ".type",
          "unsupported_parameter",
          "Tools of type '%s' are not supported by this server; 'function' is."
              .formatted(Messages.shortened(type)));
    }
    JsonNode function = tool.path("function");
    if (!function.isObject()) {
      throw Texts.wrongType(param + ".function", "an object");
    }
    String name = Texts.string(function.path("name"), param + ".function.name");
    if (!NAME.matcher(name).matches()) {
      throw Sampling.outOfRange(
          param + ".function.name", "1 to 64 letters, digits, underscores and hyphens");
    }
    JsonNode parameters = function.path("parameters");
    if (!Texts.absent(parameters) && !parameters.isObject()) {
      throw Texts.wrongType(param + ".function.parameters", "a JSON schema");
    }
    if (!Texts.absent(function.path("description"))) {
      Texts.string(function.path("description"), param + ".function.description");
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("type", "function");
    Map<String, Object> described = json.treeToValue(function, LinkedHashMap.class);
    described.remove("strict"); // for us, not for the model
    result.put("function", described);
    return result;
  }
}
