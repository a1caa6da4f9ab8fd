package io.penstock.engine.nullmodel;

import io.penstock.engine.client.TextCodec;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.runtime.TextStream;
import io.penstock.engine.tokenizer.StopStrings;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Bytes of UTF-8 as tokens, one control token that ends a text, and a chat template of lines. */
final class NullText implements TextCodec {
  static final int END = 256;
  static final int VOCABULARY = 257;
  private static final int LETTERS = 26;
  private static final String END_TEXT = "<|end|>";

  private static final String[] CHARACTERS = new String[VOCABULARY];

  static {
    Arrays.setAll(CHARACTERS, id -> id == END ? "" : Character.toString(id));
  }

  /** The token at a place of every answer. */
  static int letter(int place) {
    return 'a' + place % LETTERS;
  }

  /** The text of a choice; all its tokens are letters, so each is a character. */
  TextStream stream(int[] promptTokens, SamplingParams sampling) {
    StopStrings stops = new StopStrings(sampling.stop(), sampling.includeStopInOutput());
    boolean plain = sampling.stop().isEmpty();
    boolean skip = sampling.skipSpecialTokens();
    return new TextStream() {
      @Override
      public String append(int token, boolean matchStops) {
        String piece = token == END && !skip ? END_TEXT : CHARACTERS[token];
        return plain || !matchStops ? piece : stops.add(piece);
      }

      @Override
      public String matchedStop() {
        return stops.matched();
      }

      @Override
      public String finish() {
        return stops.flush();
      }
    };
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens, boolean parseSpecial) {
    if (!parseSpecial || !text.contains(END_TEXT)) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      int[] ids = new int[bytes.length];
      Arrays.setAll(ids, i -> bytes[i] & 0xFF);
      return ids;
    }
    int at = text.indexOf(END_TEXT);
    int[] before = encode(text.substring(0, at), false, false);
    int[] after = encode(text.substring(at + END_TEXT.length()), false, true);
    int[] ids = Arrays.copyOf(before, before.length + 1 + after.length);
    ids[before.length] = END;
    System.arraycopy(after, 0, ids, before.length + 1, after.length);
    return ids;
  }

  @Override
  public String decode(int[] ids, boolean skipSpecialTokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length);
    for (int id : ids) {
      if (id != END) {
        bytes.write(id);
      } else if (!skipSpecialTokens) {
        bytes.writeBytes(tokenBytes(id));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] tokenBytes(int id) {
    return id == END ? END_TEXT.getBytes(StandardCharsets.UTF_8) : new byte[] {(byte) id};
  }

  @Override
  public boolean hasChatTemplate() {
    return true;
  }

  /** Of no convention: it writes neither calls nor thoughts. */
  @Override
  public String chatTemplate() {
    return "";
  }

  @Override
  public String renderChat(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> kwargs) {
    StringBuilder text = new StringBuilder();
    if (tools != null) {
      text.append("tools: ").append(tools).append(END_TEXT);
    }
    for (Map<String, Object> message : messages) {
      text.append(message.get("role")).append(": ").append(message.get("content"));
      text.append(END_TEXT);
    }
    return addGenerationPrompt ? text.append("assistant: ").toString() : text.toString();
  }
}
