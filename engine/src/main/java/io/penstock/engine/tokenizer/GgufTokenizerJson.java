package io.penstock.engine.tokenizer;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import java.util.BitSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the {@code tokenizer.json} that a GGUF file's tokenizer metadata describes; what depends
 * on the model is in {@link ByteLevelBpeJson} and {@link SentencePieceJson}.
 */
final class GgufTokenizerJson {
  static final int TYPE_UNKNOWN = 2;
  static final int TYPE_CONTROL = 3;
  static final int TYPE_USER_DEFINED = 4;
  static final int TYPE_UNUSED = 5;
  static final int TYPE_BYTE = 6;

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private GgufTokenizerJson() {}

  /**
   * @throws ModelLoadException for an unsupported model or pre-tokenizer, or arrays that disagree
   */
  static ObjectNode of(TokenizerSource.Gguf source) {
    check(source);
    ObjectNode root = NODES.objectNode();
    root.put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    root.set("added_tokens", addedTokens(source));
    switch (source.model()) {
      case "gpt2" -> ByteLevelBpeJson.describe(source, root);
      case "llama" -> SentencePieceJson.describe(source, root);
      default ->
          throw new ModelLoadException(
              "tokenizer.ggml.model \"%s\" is not supported; supported are gpt2 and llama."
                  .formatted(source.model()));
    }
    root.set("post_processor", postProcessor(source));
    return root;
  }

  static SpecialTokens specialTokens(TokenizerSource.Gguf source) {
    return new SpecialTokens(
        token(source, source.bosId()),
        token(source, source.eosId()),
        token(source, source.padId()),
        token(source, source.unknownId()));
  }

  static int type(TokenizerSource.Gguf source, int id) {
    return id < source.types().length ? source.types()[id] : 1;
  }

  /** What each id stands for; {@code root} is the definition made from the same source. */
  static Vocabulary vocabulary(TokenizerSource.Gguf source, ObjectNode root) {
    BitSet added = new BitSet();
    BitSet special = new BitSet();
    for (JsonNode token : root.path("added_tokens")) {
      added.set(token.path("id").asInt());
      special.set(token.path("id").asInt(), token.path("special").asBoolean());
    }
    return new Vocabulary(
        source.tokens().clone(), added, special, TokenizerJson.spelling(root.path("decoder")));
  }

  private static void check(TokenizerSource.Gguf source) {
    int size = source.tokens().length;
    if (size == 0) {
      throw new ModelLoadException("tokenizer.ggml.tokens is missing or empty.");
    }
    if (source.types().length != 0 && source.types().length != size) {
      throw new ModelLoadException(
          "tokenizer.ggml.token_type has %d entries for %d tokens."
              .formatted(source.types().length, size));
    }
    checkId("bos_token_id", source.bosId(), size);
    checkId("eos_token_id", source.eosId(), size);
    checkId("padding_token_id", source.padId(), size);
    checkId("unknown_token_id", source.unknownId(), size);
  }

  private static void checkId(String key, int id, int size) {
    if (id >= size) {
      throw new ModelLoadException(
          "tokenizer.ggml.%s is %d, but there are %d tokens.".formatted(key, id, size));
    }
  }

  private static String token(TokenizerSource.Gguf source, int id) {
    return id < 0 ? null : source.tokens()[id];
  }

  private static ArrayNode addedTokens(TokenizerSource.Gguf source) {
    ArrayNode added = NODES.arrayNode();
    for (int id = 0; id < source.tokens().length; id++) {
      int type = type(source, id);
      if (type == TYPE_UNKNOWN || type == TYPE_CONTROL || type == TYPE_USER_DEFINED) {
        added
            .addObject()
            .put("id", id)
            .put("content", source.tokens()[id])
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", type != TYPE_USER_DEFINED);
      }
    }
    return added;
  }

  /** Adds the beginning and end tokens; null when there are none to add. */
  private static ObjectNode postProcessor(TokenizerSource.Gguf source) {
    boolean bos = source.addBos() && source.bosId() >= 0;
    boolean eos = source.addEos() && source.eosId() >= 0;
    if (!bos && !eos) {
      return null;
    }
    ObjectNode template = NODES.objectNode().put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    ArrayNode pair = template.putArray("pair");
    ObjectNode specials = NODES.objectNode();
    for (int sequence = 0; sequence < 2; sequence++) {
      if (bos) {
        place(source, source.bosId(), sequence, single, pair, specials);
      }
      ObjectNode text = NODES.objectNode();
      text.putObject("Sequence").put("id", sequence == 0 ? "A" : "B").put("type_id", sequence);
      pair.add(text);
      if (sequence == 0) {
        single.add(text);
      }
      if (eos) {
        place(source, source.eosId(), sequence, single, pair, specials);
      }
    }
    template.set("special_tokens", specials);
    return template;
  }

  private static void place(
      TokenizerSource.Gguf source,
      int id,
      int sequence,
      ArrayNode single,
      ArrayNode pair,
      ObjectNode specials) {
    String token = source.tokens()[id];
    ObjectNode piece = NODES.objectNode();
    piece.putObject("SpecialToken").put("id", token).put("type_id", sequence);
    pair.add(piece);
    if (sequence == 0) {
      single.add(piece);
      ObjectNode special = specials.putObject(token).put("id", token);
      special.putArray("ids").add(id);
      special.putArray("tokens").add(token);
    }
  }
}
