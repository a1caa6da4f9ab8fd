package io.penstock.api.prompts;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Texts as the table takes them. */
final class KeptText {
  /** Of all prompts of a request together, and of all its answers, in UTF-8. */
  static final int MOST_BYTES = 65_536;

  private KeptText() {}

  /**
   * Their beginnings, as far as there is room for all of them together; never half a character.
   * PostgreSQL cannot hold U+0000, and half a surrogate pair is no character.
   */
  static List<String> cut(List<String> texts) {
    List<String> cut = new ArrayList<>();
    int room = MOST_BYTES;
    for (String text : texts) {
      // Encoding makes ? of lone surrogates.
      byte[] bytes = text.replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8);
      int end = Math.min(room, bytes.length);
      while (end > 0 && end < bytes.length && (bytes[end] & 0xC0) == 0x80) {
        end--;
      }
      cut.add(new String(bytes, 0, end, StandardCharsets.UTF_8));
      room -= end;
    }
    return cut;
  }

  /** All together, in UTF-8. */
  static long bytes(List<String> texts) {
    return texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
  }
}
