package io.penstock.api.testing;

import io.penstock.engine.client.ChatTemplateException;
import io.penstock.engine.client.TextCodec;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Bytes as tokens, two control tokens and a ChatML template. */
public final class FakeCodec implements TextCodec {
  public static final int START = 256;
  public static final int END = 257;
  public static final int VOCABULARY = 258;
  private static final String START_TEXT = "<|im_start|>";
  private static final String END_TEXT = "<|im_end|>";
  private static final String TEMPLATE = "messages, tools";

  private volatile String template = TEMPLATE;

  /** As grammars see it. */
  TokenVocabulary vocabulary() {
    byte[][] text = new byte[VOCABULARY][];
    for (int id = 0; id < START; id++) {
      text[id] = tokenBytes(id);
    }
    return new TokenVocabulary(
        VOCABULARY,
        text,
        Map.of(START_TEXT, START, END_TEXT, END),
        Set.of(END),
        string -> encode(string, false, false));
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens, boolean parseSpecial) {
    IntStream.Builder ids = IntStream.builder();
    int at = 0;
    while (at < text.length()) {
      if (parseSpecial && text.startsWith(START_TEXT, at)) {
        ids.add(START);
        at += START_TEXT.length();
      } else if (parseSpecial && text.startsWith(END_TEXT, at)) {
        ids.add(END);
        at += END_TEXT.length();
      } else {
        int codePoint = text.codePointAt(at);
        for (byte b : Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)) {
          ids.add(Byte.toUnsignedInt(b));
        }
        at += Character.charCount(codePoint);
      }
    }
    return ids.build().toArray();
  }

  @Override
  public String decode(int[] ids, boolean skipSpecialTokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      if (id < 256 || !skipSpecialTokens) {
        bytes.writeBytes(tokenBytes(id));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] tokenBytes(int id) {
    return switch (id) {
      case START -> START_TEXT.getBytes(StandardCharsets.UTF_8);
      case END -> END_TEXT.getBytes(StandardCharsets.UTF_8);
      default -> new byte[] {(byte) id};
    };
  }

  @Override
  public boolean hasChatTemplate() {
    return true;
  }

  @Override
  public String chatTemplate() {
    return template;
  }

  void reset() {
    template = TEMPLATE;
  }

  /** What the template says of calls and thoughts; rendering stays the same. */
  public void template(String source) {
    template = source;
  }

  @Override
  public String renderChat(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> kwargs) {
    if (messages.getFirst().get("role").equals("tool")) {
      throw new ChatTemplateException("a conversation cannot begin with a tool");
    }
    StringBuilder text = new StringBuilder();
    if (tools != null) {
      text.append(START_TEXT).append("tools\n").append(tools).append(END_TEXT).append('\n');
    }
    for (Map<String, Object> message : messages) {
      text.append(START_TEXT)
          .append(message.get("role"))
          .append('\n')
          .append(message.get("content"))
          .append(END_TEXT)
          .append('\n');
    }
    if (addGenerationPrompt) {
      text.append(START_TEXT).append("assistant\n");
    }
    return text.toString();
  }
}
