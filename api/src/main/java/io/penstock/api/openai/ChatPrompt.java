package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * From messages to token ids by the model's chat template.
 *
 * <p>The template's control tokens must become tokens, those that a user spells out in a message
 * must not: {@code <|im_end|>} in a message is text, or a user could speak as the system. So a
 * content whose tokens depend on whether control tokens are recognised is kept out of the rendered
 * text by a placeholder, and encoded by itself, as plain text, in the placeholder's place. All
 * other prompts, in practice all of them, are encoded in one piece.
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
    Map<String, String> plain = new HashMap<>();
    List<Map<String, Object>> safe =
        messages.stream().map(message -> hideControlTokens(model, message, plain)).toList();
    String rendered = model.renderChat(safe, tools, addGenerationPrompt, variables);
    return plain.isEmpty()
        ? model.encode(rendered, addSpecialTokens, true)
        : encodeAround(model, rendered, plain, addSpecialTokens);
  }

  private static Map<String, Object> hideControlTokens(
      ServedModel model, Map<String, Object> message, Map<String, String> plain) {
    if (!(message.get("content") instanceof String content) || !mayHoldControlTokens(content)) {
      return message;
    }
    if (Arrays.equals(model.encode(content, false, true), model.encode(content, false, false))) {
      return message;
    }
    String placeholder = "PLACEHOLDER" + UUID.randomUUID().toString().replace("-", "");
    plain.put(placeholder, content);
    Map<String, Object> changed = new HashMap<>(message);
    changed.put("content", placeholder);
    return changed;
  }

  /** Control tokens of all known tokenizers are in angle or square brackets. */
  private static boolean mayHoldControlTokens(String content) {
    return content.indexOf('<') >= 0 || content.indexOf('[') >= 0;
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
