package io.penstock.engine.runtime;

import io.penstock.engine.client.ChatTemplateException;
import io.penstock.engine.client.TextCodec;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.tokenizer.ChatTokenizer;
import io.penstock.engine.tokenizer.ModelTokenizer;
import io.penstock.engine.tokenizer.StopStrings;
import io.penstock.engine.tokenizer.template.TemplateException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A model's tokenizer and chat template as the client sees them. Safe for use by many threads. */
public final class ModelText implements TextCodec {
  private final ChatTokenizer tokenizer;

  private ModelText(ChatTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * @throws io.penstock.engine.core.ModelLoadException when the tokenizer is not supported
   */
  public static ModelText of(TokenizerSource source) {
    return new ModelText(ChatTokenizer.of(source));
  }

  /**
   * What grammars need to know of the tokenizer.
   *
   * @param columns of the logits
   * @param endTokens the model's end tokens
   */
  public TokenVocabulary vocabulary(int columns, Set<Integer> endTokens) {
    ModelTokenizer ids = tokenizer.tokenizer();
    byte[][] bytes = new byte[columns][];
    Map<String, Integer> controls = new HashMap<>();
    for (int id = 0; id < columns; id++) {
      if (ids.isSpecial(id)) {
        controls.put(ids.token(id), id);
      } else if (!endTokens.contains(id)) {
        bytes[id] = ids.tokenBytes(id);
      }
    }
    return new TokenVocabulary(
        columns, bytes, controls, endTokens, text -> ids.encode(text, false, false));
  }

  /** Starts the text of a choice, which continues its prompt. */
  public TextStream stream(int[] promptTokens, SamplingParams sampling) {
    return new DecodedText(
        tokenizer.tokenizer().incrementalDecoder(sampling.skipSpecialTokens(), true),
        new StopStrings(sampling.stop(), sampling.includeStopInOutput()));
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens, boolean parseSpecial) {
    return tokenizer.encode(text, addSpecialTokens, parseSpecial);
  }

  @Override
  public String decode(int[] ids, boolean skipSpecialTokens) {
    return tokenizer.decode(ids, skipSpecialTokens);
  }

  @Override
  public byte[] tokenBytes(int id) {
    return tokenizer.tokenBytes(id);
  }

  @Override
  public boolean hasChatTemplate() {
    return tokenizer.hasChatTemplate();
  }

  @Override
  public String chatTemplate() {
    return tokenizer.templateSource();
  }

  @Override
  public String renderChat(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> kwargs) {
    try {
      return tokenizer.renderChat(messages, tools, addGenerationPrompt, kwargs);
    } catch (TemplateException e) {
      throw new ChatTemplateException(e.getMessage());
    }
  }
}
