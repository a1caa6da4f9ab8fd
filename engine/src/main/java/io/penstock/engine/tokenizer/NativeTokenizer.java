package io.penstock.engine.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/**
 * Hugging Face's tokenizers library behind DJL's JNI binding: one tokenizer built from the text of
 * a {@code tokenizer.json}. Immutable once built, so safe for use by many threads.
 *
 * <p>The binding is called below DJL's {@code HuggingFaceTokenizer}, whose encodings copy seven
 * further arrays for each text, which truncates to 512 tokens unless told not to, and which sends
 * telemetry.
 */
final class NativeTokenizer {
  private static final Cleaner CLEANER = Cleaner.create();

  static {
    NativeLibrary.load();
  }

  private final long handle;

  /**
   * @throws IllegalArgumentException when the library does not accept the definition
   */
  NativeTokenizer(String tokenizerJson) {
    try {
      handle = TokenizersLibrary.LIB.createTokenizerFromString(tokenizerJson);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    long address = handle;
    CLEANER.register(this, () -> TokenizersLibrary.LIB.deleteTokenizer(address));
  }

  int[] encode(String text, boolean addSpecialTokens) {
    try {
      long encoding = TokenizersLibrary.LIB.encode(handle, wellFormed(text), addSpecialTokens);
      try {
        return toInts(TokenizersLibrary.LIB.getTokenIds(encoding));
      } finally {
        TokenizersLibrary.LIB.deleteEncoding(encoding);
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  String decode(int[] ids, boolean skipSpecialTokens) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    try {
      return TokenizersLibrary.LIB.decode(handle, wide, skipSpecialTokens);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** UTF-8 has no surrogates: one that has no partner becomes U+FFFD, as everywhere else. */
  private static String wellFormed(String text) {
    StringBuilder copy = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      if (copy == null) {
        copy = new StringBuilder(text);
      }
      copy.setCharAt(i, '\uFFFD');
    }
    return copy == null ? text : copy.toString();
  }

  private static int[] toInts(long[] ids) {
    int[] narrow = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      narrow[i] = Math.toIntExact(ids[i]);
    }
    return narrow;
  }
}
