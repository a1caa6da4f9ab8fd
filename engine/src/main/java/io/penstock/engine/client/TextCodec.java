package io.penstock.engine.client;

import java.util.List;
import java.util.Map;

/** Text to token ids and back, for one model. Safe for use by many threads. */
public interface TextCodec {

  /**
   * @param addSpecialTokens whether the tokenizer's own beginning and end tokens are added
   * @param parseSpecial whether control tokens spelt out in the text become themselves (a rendered
   *     template) or stay plain text
   */
  int[] encode(String text, boolean addSpecialTokens, boolean parseSpecial);

  String decode(int[] ids, boolean skipSpecialTokens);

  /** Bytes of one token as it appears in text; control tokens give their name. */
  byte[] tokenBytes(int id);

  boolean hasChatTemplate();

  /**
   * Source of the chat template, which tells how the model writes tool calls and whether it thinks;
   * empty when there is none.
   */
  String chatTemplate();

  /**
   * Renders the model's chat template.
   *
   * @param messages OpenAI-shaped messages as JSON values (Map, List, String, Number, Boolean,
   *     null)
   * @param tools OpenAI-shaped tools, or null
   * @param kwargs further variables of the template ({@code chat_template_kwargs})
   * @throws ChatTemplateException when the template refuses the messages or there is no template
   */
  String renderChat(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> kwargs);
}
