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
 * @param strict names of those whose arguments must be as their schemas say
 * @param required whether one of them must be called
 * @param parallel whether several may be called at once
 */
record ToolUse(
    List<Map<String, Object>> tools, Set<String> strict, boolean required, boolean parallel) {
  static final ToolUse NONE = new ToolUse(List.of(), Set.of(), false, true);

  /** Only these of the tools. */
  ToolUse only(List<Map<String, Object>> some, boolean required, boolean parallel) {
    return new ToolUse(some, strict, required, parallel);
  }

  boolean any() {
    return !tools.isEmpty();
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
