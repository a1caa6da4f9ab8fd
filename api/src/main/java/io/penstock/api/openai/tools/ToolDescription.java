package io.penstock.api.openai.tools;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tools for models whose chat template has no place for them: described in the system message, with
 * calls and results written into messages in the convention of Hermes, which many models have seen.
 */
public final class ToolDescription {
  private static final String ROLE = "role";
  private static final String CONTENT = "content";
  private static final JsonMapper JSON = JsonMapper.shared();

  private ToolDescription() {}

  /**
   * @param messages as chat templates take them
   * @param tools empty for none
   */
  public static List<Map<String, Object>> within(
      List<Map<String, Object>> messages, List<Map<String, Object>> tools) {
    List<Map<String, Object>> result = new ArrayList<>();
    messages.forEach(message -> result.add(plain(message)));
    if (tools.isEmpty()) {
      return result;
    }
    String description = describe(tools);
    Map<String, Object> first = result.getFirst();
    if ("system".equals(first.get(ROLE))) {
      first.put(CONTENT, first.get(CONTENT) + "\n\n" + description);
    } else {
      result.addFirst(message("system", description));
    }
    return result;
  }

  private static String describe(List<Map<String, Object>> tools) {
    StringBuilder text =
        new StringBuilder(
            "You can call functions. These are their names, what they do and JSON schemas of their parameters:\n<tools>\n");
    tools.forEach(tool -> text.append(JSON.writeValueAsString(tool.get("function"))).append('\n'));
    return text.append("</tools>\nTo call one, answer with nothing but its name and arguments:\n")
        .append(
            "<tool_call>\n{\"name\": \"NAME\", \"arguments\": {\"PARAMETER\": \"VALUE\"}}\n</tool_call>\n")
        .append("If none is needed, answer as usual.")
        .toString();
  }

  private static Map<String, Object> plain(Map<String, Object> message) {
    if ("tool".equals(message.get(ROLE))) {
      return message("user", "<tool_response>\n" + message.get(CONTENT) + "\n</tool_response>");
    }
    Map<String, Object> copy = new LinkedHashMap<>(message);
    if (copy.remove("tool_calls") instanceof List<?> calls) {
      StringBuilder text = new StringBuilder();
      if (message.get(CONTENT) instanceof String said && !said.isEmpty()) {
        text.append(said).append('\n');
      }
      calls.forEach(call -> text.append(written((Map<?, ?>) call)));
      copy.put(CONTENT, text.toString().stripTrailing());
    }
    return copy;
  }

  private static String written(Map<?, ?> call) {
    Map<?, ?> function = (Map<?, ?>) call.get("function");
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", function.get("name"));
    shown.put("arguments", function.get("arguments"));
    return "<tool_call>\n" + JSON.writeValueAsString(shown) + "\n</tool_call>\n";
  }

  private static Map<String, Object> message(String role, String content) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put(ROLE, role);
    message.put(CONTENT, content);
    return message;
  }
}
