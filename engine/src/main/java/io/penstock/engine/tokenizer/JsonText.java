package io.penstock.engine.tokenizer;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.util.RawValue;

/**
 * The two long parts of a tokenizer.json as text. A tree of a hundred thousand nodes, built to be
 * written once, would take most of the time and memory of loading a tokenizer.
 */
final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder text = new StringBuilder();

  private JsonText() {}

  /** An object from token to id; of equal tokens the last counts. */
  static RawValue vocabulary(String[] tokens) {
    JsonText json = new JsonText();
    Set<String> seen = new HashSet<>(tokens.length * 2);
    json.text.append('{');
    for (int id = tokens.length - 1; id >= 0; id--) {
      if (seen.add(tokens[id])) {
        json.text.append(json.text.length() > 1 ? "," : "");
        json.quote(tokens[id]);
        json.text.append(':').append(id);
      }
    }
    json.text.append('}');
    return new RawValue(json.text.toString());
  }

  /** Starts an array of pairs. */
  static JsonText merges() {
    JsonText json = new JsonText();
    json.text.append('[');
    return json;
  }

  void merge(String left, String right) {
    text.append(text.length() > 1 ? ",[" : "[");
    quote(left);
    text.append(',');
    quote(right);
    text.append(']');
  }

  RawValue endMerges() {
    return new RawValue(text.append(']').toString());
  }

  private void quote(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < 0x20 || Character.isSurrogate(c) && !paired(value, i)) {
        char escaped = c < 0x20 ? c : '\uFFFD';
        text.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          text.append(HEX.charAt(escaped >> shift & 0xF));
        }
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  private static boolean paired(String value, int i) {
    return Character.isHighSurrogate(value.charAt(i))
        ? i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(value.charAt(i - 1));
  }
}
