package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.openai.tools.ToolConvention;
import io.penstock.api.openai.tools.ToolDescription;
import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From messages to token ids by the model's chat template.
 *
 * <p>The template's control tokens must become tokens, those that a user spells out in a message
 * must not: {@code <|im_end|>} in a message is text, or a user could speak as the system. So a text
 * that spells control tokens out is kept out of the rendered prompt by a placeholder ({@link
 * ControlTokens}) and encoded by itself, as plain text, in the placeholder's place. All other
 * prompts, in practice all of them, are encoded in one piece.
 *
 * @param rendered as the template wrote it, perhaps with placeholders
 */
record ChatPrompt(String rendered, int[] ids) {
  private static final List<String> OURS =
      List.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");
  private static final String END_OF_THOUGHTS = "\n</think>\n\n";

  /**
   * @param kwargs further variables of the template, or null
   */
  static ChatPrompt of(
      ServedModel model,
      List<Map<String, Object>> messages,
      ToolUse tools,
      boolean addGenerationPrompt,
      boolean addSpecialTokens,
      Map<String, Object> kwargs) {
    Map<String, Object> variables = kwargs == null ? Map.of() : kwargs;
    for (String name : variables.keySet()) {
      if (OURS.contains(name)) {
        throw ApiException.invalid(
            "chat_template_kwargs." + name,
            "invalid_value",
            "'%s' cannot be set by chat_template_kwargs.".formatted(name));
      }
    }
    ControlTokens hidden = new ControlTokens(model);
    String rendered = render(model, messages, tools, addGenerationPrompt, hidden, variables);
    if (tools.required() && addGenerationPrompt) {
      ToolConvention convention = ToolConvention.of(model.chatTemplate());
      boolean thinking = rendered.stripTrailing().endsWith("<think>");
      rendered = rendered + (thinking ? END_OF_THOUGHTS : "") + convention.opening();
    }
    ContextLength.checkRoughly(model, rendered, "messages");
    Map<String, String> plain = hidden.texts();
    return new ChatPrompt(
        rendered,
        plain.isEmpty()
            ? model.encode(rendered, addSpecialTokens, true)
            : encodeAround(model, rendered, plain, addSpecialTokens));
  }

  private static String render(
      ServedModel model,
      List<Map<String, Object>> messages,
      ToolUse tools,
      boolean addGenerationPrompt,
      ControlTokens hidden,
      Map<String, Object> variables) {
    List<Map<String, Object>> safe = messages.stream().map(hidden::hide).toList();
    List<Map<String, Object>> safeTools =
        tools.tools().stream().map(tool -> hidden.hideValues(tool)).toList();
    if (!ToolConvention.knowsTools(model.chatTemplate())) {
      return model.renderChat(
          ToolDescription.within(safe, safeTools),
          null,
          addGenerationPrompt,
          hidden.hideValues(variables));
    }
    ToolConvention convention = ToolConvention.of(model.chatTemplate());
    return model.renderChat(
        safe.stream().map(message -> withIds(message, convention)).toList(),
        safeTools.isEmpty() ? null : safeTools,
        addGenerationPrompt,
        hidden.hideValues(variables));
  }

  /** With ids of calls as the template takes them. */
  private static Map<String, Object> withIds(
      Map<String, Object> message, ToolConvention convention) {
    Map<String, Object> copy = new LinkedHashMap<>(message);
    copy.computeIfPresent("tool_call_id", (_, id) -> convention.idForTemplate(id.toString()));
    copy.computeIfPresent(
        "tool_calls",
        (_, calls) ->
            ((List<?>) calls)
                .stream()
                    .map(
                        call -> {
                          Map<Object, Object> changed = new LinkedHashMap<>((Map<?, ?>) call);
                          changed.computeIfPresent(
                              "id", (_, id) -> convention.idForTemplate(id.toString()));
                          return changed;
                        })
                    .toList());
    return copy;
  }

  private static int[] encodeAround(
      ServedModel model, String rendered, Map<String, String> plain, boolean addSpecialTokens) {
    List<int[]> pieces = new ArrayList<>();
    int from = 0;
    while (from < rendered.length() || pieces.isEmpty()) {
      int at = rendered.length();
      String next = null;
      for (String placeholder : plain.keySet()) {
        int index = rendered.indexOf(placeholder, from);
        if (index >= 0 && index < at) {
          at = index;
          next = placeholder;
        }
      }
      boolean first = pieces.isEmpty();
      pieces.add(model.encode(rendered.substring(from, at), first && addSpecialTokens, true));
      if (next == null) {
        break;
      }
      pieces.add(model.encode(plain.get(next), false, false));
      from = at + next.length();
    }
    return pieces.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
