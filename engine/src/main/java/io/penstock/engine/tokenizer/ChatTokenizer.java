package io.penstock.engine.tokenizer;

import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.tokenizer.template.TemplateException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a model knows of text: its tokenizer and its chat template. Immutable; safe for use by
 * many threads.
 */
public final class ChatTokenizer {
  private static final Logger LOG = LoggerFactory.getLogger(ChatTokenizer.class);

  private final ModelTokenizer tokenizer;
  private final ChatTemplate template; // null when there is none or it is malformed
  private final TemplateException malformed;

  private ChatTokenizer(
      ModelTokenizer tokenizer, ChatTemplate template, TemplateException malformed) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.malformed = malformed;
  }

  /**
   * A chat template that does not compile does not keep the model from loading: it is logged, and
   * rendering a chat fails with its error.
   *
   * @throws io.penstock.engine.core.ModelLoadException when the tokenizer is unusable
   */
  public static ChatTokenizer of(TokenizerSource source) {
    return of(source, Clock.systemDefaultZone());
  }

  /**
   * @param clock the time that templates see
   */
  public static ChatTokenizer of(TokenizerSource source, Clock clock) {
    ModelTokenizer tokenizer = ModelTokenizer.of(source);
    if (source.chatTemplate() == null) {
      return new ChatTokenizer(tokenizer, null, null);
    }
    try {
      ChatTemplate template =
          new ChatTemplate(source.chatTemplate(), tokenizer.specialTokens(), clock);
      return new ChatTokenizer(tokenizer, template, null);
    } catch (TemplateException e) {
      LOG.warn("the model's chat template cannot be used: {}", e.getMessage());
      return new ChatTokenizer(tokenizer, null, e);
    }
  }

  public ModelTokenizer tokenizer() {
    return tokenizer;
  }

  /** See {@link ModelTokenizer#encode}. */
  public int[] encode(String text, boolean addSpecialTokens, boolean parseSpecial) {
    return tokenizer.encode(text, addSpecialTokens, parseSpecial);
  }

  /** See {@link ModelTokenizer#decode}. */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    return tokenizer.decode(ids, skipSpecialTokens);
  }

  /** See {@link ModelTokenizer#tokenBytes}. */
  public byte[] tokenBytes(int id) {
    return tokenizer.tokenBytes(id);
  }

  public boolean hasChatTemplate() {
    return template != null;
  }

  /** Source of the template; empty when there is none that can be used. */
  public String templateSource() {
    return template == null ? "" : template.source();
  }

  /**
   * Renders the chat template. The result spells control tokens out, including those that begin the
   * text: encode it with {@code addSpecialTokens} false and {@code parseSpecial} true.
   *
   * @param messages OpenAI-shaped messages as JSON values (Map, List, String, Number, Boolean,
   *     null)
   * @param tools OpenAI-shaped tools, or null
   * @param kwargs further variables of the template ({@code chat_template_kwargs})
   * @throws TemplateException when the template refuses the messages, fails, or there is none
   */
  public String renderChat(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> kwargs) {
    if (template == null) {
      throw malformed != null
          ? TemplateException.because(
              "The model's chat template cannot be used: " + malformed.getMessage())
          : TemplateException.because("The model has no chat template.");
    }
    return template.render(messages, tools, addGenerationPrompt, kwargs);
  }
}
