package io.penstock.engine.tokenizer;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Text to token ids and back, for one model. Immutable; safe for use by many threads. */
public final class ModelTokenizer {
  private final Vocabulary vocabulary;
  private final SpecialTokens specialTokens;
  private final NativeTokenizer parsing;
  private final PlainText plain;
  private final DecoderKind decoderKind;

  private ModelTokenizer(TokenizerDefinition definition, SpecialTokens specialTokens) {
    this.vocabulary = definition.vocabulary();
    this.specialTokens = specialTokens;
    this.decoderKind = definition.decoderKind();
    try {
      this.parsing = new NativeTokenizer(definition.json());
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(
          "The tokenizer definition is not usable: %s".formatted(e.getMessage()));
    }
    this.plain = new PlainText(definition.json());
  }

  /**
   * @throws ModelLoadException when the definition is malformed or of an unsupported kind, naming
   *     it
   */
  public static ModelTokenizer of(TokenizerSource source) {
    return new ModelTokenizer(
        TokenizerDefinition.of(source),
        switch (source) {
          case TokenizerSource.HuggingFace huggingFace -> specialTokens(huggingFace.config());
          case TokenizerSource.WordPiece wordPiece -> specialTokens(wordPiece.config());
          case TokenizerSource.Gguf gguf -> GgufTokenizerJson.specialTokens(gguf);
        });
  }

  private static SpecialTokens specialTokens(Map<String, Object> config) {
    return new SpecialTokens(
        content(config.get("bos_token")),
        content(config.get("eos_token")),
        content(config.get("pad_token")),
        content(config.get("unk_token")));
  }

  /** A special token in tokenizer_config.json is a string or an object with its content. */
  private static String content(Object token) {
    return switch (token) {
      case String text -> text;
      case Map<?, ?> object when object.get("content") instanceof String text -> text;
      case null, default -> null;
    };
  }

  /**
   * @param addSpecialTokens whether the tokenizer's own beginning and end tokens are added
   * @param parseSpecial whether control tokens spelt out in the text become themselves (a rendered
   *     template) or stay plain text. User-defined tokens, which are text too, are matched either
   *     way.
   */
  public int[] encode(String text, boolean addSpecialTokens, boolean parseSpecial) {
    return (parseSpecial ? parsing : plain.tokenizer()).encode(text, addSpecialTokens);
  }

  /** Text of the ids; ids that the vocabulary lacks give nothing. */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    return parsing.decode(ids, skipSpecialTokens);
  }

  /**
   * Bytes of one token as it appears in text; control tokens give their name, ids without a token
   * nothing.
   */
  public byte[] tokenBytes(int id) {
    return vocabulary.bytes(id);
  }

  /** The token as the vocabulary spells it, or null when there is none with this id. */
  public String token(int id) {
    return vocabulary.token(id);
  }

  /** Whether the id is a control token, which is left out of text. */
  public boolean isSpecial(int id) {
    return id >= 0 && vocabulary.special().get(id);
  }

  /** One more than the largest id; the model's logits may have more columns. */
  public int vocabSize() {
    return vocabulary.size();
  }

  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  /**
   * Starts decoding a stream of ids.
   *
   * @param skipSpecialTokens whether control tokens are left out
   * @param continuing whether the text continues earlier text, so that a leading space of the first
   *     token is kept; otherwise the pieces together equal {@link #decode} of all ids
   */
  public IncrementalDecoder incrementalDecoder(boolean skipSpecialTokens, boolean continuing) {
    return decoderKind.start(this, vocabulary, skipSpecialTokens, continuing);
  }

  /** The tokenizer that takes control tokens for text; built when first needed. */
  private static final class PlainText {
    private byte[] definition; // UTF-8: a fraction of what the tree takes
    private volatile NativeTokenizer tokenizer;

    PlainText(String definition) {
      this.definition = definition.getBytes(StandardCharsets.UTF_8);
    }

    NativeTokenizer tokenizer() {
      NativeTokenizer built = tokenizer;
      return built != null ? built : build();
    }

    private synchronized NativeTokenizer build() {
      if (tokenizer == null) {
        tokenizer = new NativeTokenizer(TokenizerDefinition.withoutControlTokens(definition));
        definition = null;
      }
      return tokenizer;
    }
  }
}
