package io.penstock.api.openai;

import io.penstock.api.openai.tools.AnswerStyle;
import io.penstock.api.openai.tools.ToolConvention;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tools a request offers, and whether they must be used.
 *
 * @param tools in OpenAI's shape, as chat templates expect them; empty for none
 * @param required whether one of them must be called
 * @param parallel whether several may be called at once
 */
record ToolUse(List<Map<String, Object>> tools, boolean required, boolean parallel) {
  static final ToolUse NONE = new ToolUse(List.of(), false, true);

  boolean any() {
    return !tools.isEmpty();
  }

  /** As a template takes them. */
  List<Map<String, Object>> forTemplate() {
    return any() ? tools : null;
  }

  Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    tools.forEach(tool -> names.add(name(tool)));
    return names;
  }

  static String name(Map<String, Object> tool) {
    return (String) function(tool).get("name");
  }

  static Map<?, ?> function(Map<String, Object> tool) {
    return (Map<?, ?>) tool.get("function");
  }

  /** How answers are to be read. */
  AnswerStyle style(ToolConvention convention) {
    return any()
        ? new AnswerStyle(false, false, convention, names(), parallel, required)
        : AnswerStyle.PLAIN;
  }
}
