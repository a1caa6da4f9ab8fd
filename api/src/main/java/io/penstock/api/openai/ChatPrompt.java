package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.Arrays;
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
 */
final class ChatPrompt {
  private static final List<String> OURS =
      List.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");

  private ChatPrompt() {}

  /**
   * @param tools null for none
   * @param kwargs further variables of the template, or null
   */
  static int[] encode(
      ServedModel model,
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
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
    List<Map<String, Object>> safe = messages.stream().map(hidden::hide).toList();
    String rendered =
        model.renderChat(safe, tools, addGenerationPrompt, hidden.hideValues(variables));
    ContextLength.checkRoughly(model, rendered, "messages");
    Map<String, String> plain = hidden.texts();
    return plain.isEmpty()
        ? model.encode(rendered, addSpecialTokens, true)
        : encodeAround(model, rendered, plain, addSpecialTokens);
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
