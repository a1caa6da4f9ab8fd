package io.penstock.engine.tokenizer;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A tokenizer.json ready for the native library, and what was learnt from it.
 *
 * @param json text of the definition, without truncation and padding
 */
record TokenizerDefinition(String json, Vocabulary vocabulary, DecoderKind decoderKind) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * @throws ModelLoadException when the definition is malformed or of an unsupported kind
   */
  static TokenizerDefinition of(TokenizerSource source) {
    return switch (source) {
      case TokenizerSource.HuggingFace huggingFace -> parse(huggingFace.tokenizerJson());
      case TokenizerSource.WordPiece wordPiece -> of(WordPieceJson.of(wordPiece));
      case TokenizerSource.Gguf gguf -> {
        ObjectNode root = GgufTokenizerJson.of(gguf);
        yield new TokenizerDefinition(
            root.toString(),
            GgufTokenizerJson.vocabulary(gguf, root),
            DecoderKind.of(root.path("decoder")));
      }
    };
  }

  private static TokenizerDefinition parse(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new ModelLoadException(
          "tokenizer.json is not valid JSON: %s".formatted(e.getOriginalMessage()));
    }
    if (!(root instanceof ObjectNode object) || !object.path("model").isObject()) {
      throw new ModelLoadException("tokenizer.json has no object under \"model\".");
    }
    boolean changed = TokenizerJson.dropTruncationAndPadding(object);
    return of(object, changed ? object.toString() : json);
  }

  private static TokenizerDefinition of(ObjectNode object) {
    return of(object, object.toString());
  }

  private static TokenizerDefinition of(ObjectNode object, String json) {
    return new TokenizerDefinition(
        json, TokenizerJson.vocabulary(object), DecoderKind.of(object.path("decoder")));
  }

  /** The definition with control tokens hidden, see {@link TokenizerJson#hideControlTokens}. */
  static String withoutControlTokens(byte[] json) {
    ObjectNode root = (ObjectNode) JSON.readTree(json);
    TokenizerJson.hideControlTokens(root);
    return root.toString();
  }
}
