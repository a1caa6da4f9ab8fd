package io.penstock.engine.tokenizer;

import java.util.Arrays;

/**
 * For decoders without a form of their own here: decodes a short window of ids with and without the
 * new ones and takes the difference, holding back while the text ends in U+FFFD. The window begins
 * at the last id but one that gave text, so that spaces between tokens come out right.
 */
final class WindowDecoder implements IncrementalDecoder {
  private final ModelTokenizer tokenizer;
  private final boolean skipSpecial;
  private int[] window = new int[8];
  private int size;
  private int emitted; // ids of the window whose text is out

  WindowDecoder(ModelTokenizer tokenizer, boolean skipSpecial) {
    this.tokenizer = tokenizer;
    this.skipSpecial = skipSpecial;
  }

  @Override
  public String add(int id) {
    if (size == window.length) {
      window = Arrays.copyOf(window, 2 * size);
    }
    window[size++] = id;
    String text = difference();
    if (text.isEmpty() || text.endsWith("\uFFFD")) {
      return "";
    }
    window = Arrays.copyOfRange(window, emitted, Math.max(emitted + 8, size));
    size -= emitted;
    emitted = size;
    return text;
  }

  @Override
  public String flush() {
    String text = difference();
    emitted = size;
    return text;
  }

  private String difference() {
    String before = tokenizer.decode(Arrays.copyOf(window, emitted), skipSpecial);
    String after = tokenizer.decode(Arrays.copyOf(window, size), skipSpecial);
    return after.length() > before.length() ? after.substring(before.length()) : "";
  }
}
