package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.RequestContext;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts placeholders in the place of a request's texts that spell control tokens out. */
final class ControlTokens {
  private static final String ROLE = "role";

  private final ServedModel model;
  private final Map<String, String> texts = new HashMap<>();

  ControlTokens(ServedModel model) {
    this.model = model;
  }

  /** A message with safe texts. Its role is one that we know. */
  Map<String, Object> hide(Map<String, Object> message) {
    Map<String, Object> safe = hideValues(message);
    safe.put(ROLE, message.get(ROLE));
    return safe;
  }

  /** A map with safe values, at any depth. */
  Map<String, Object> hideValues(Map<?, ?> values) {
    Map<String, Object> safe = new LinkedHashMap<>();
    values.forEach((key, value) -> safe.put(key.toString(), safe(value)));
    return safe;
  }

  /** What the placeholders stand for. */
  Map<String, String> texts() {
    return texts;
  }

  private Object safe(Object value) {
    return switch (value) {
      case String text -> spellsControlTokens(text) ? placeholder(text) : text;
      case Map<?, ?> map -> hideValues(map);
      case List<?> list -> list.stream().map(this::safe).toList();
      case null -> null;
      default -> value;
    };
  }

  private boolean spellsControlTokens(String text) {
    ContextLength.checkRoughly(model, text, "messages");
    // The control tokens of all known tokenizers stand in angle or square brackets.
    return (text.indexOf('<') >= 0 || text.indexOf('[') >= 0)
        && model.hasControlTokens(model.encode(text, false, true));
  }

  /** Letters and digits only, so that a template which writes JSON leaves it as it is. */
  private String placeholder(String text) {
    String placeholder = "PLACEHOLDER" + RequestContext.randomHex(16);
    texts.put(placeholder, text);
    return placeholder;
  }
}
