package io.penstock.engine.tokenizer;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Which incremental decoder reproduces the {@code decoder} of a tokenizer.json. */
enum DecoderKind {
  BYTE_LEVEL {
    @Override
    IncrementalDecoder start(
        ModelTokenizer tokenizer, Vocabulary vocabulary, boolean skipSpecial, boolean continuing) {
      return new ByteLevelDecoder(vocabulary, skipSpecial);
    }
  },
  /** U+2581 to space, byte fallback, then one leading space stripped. */
  SENTENCE_PIECE_STRIPPED {
    @Override
    IncrementalDecoder start(
        ModelTokenizer tokenizer, Vocabulary vocabulary, boolean skipSpecial, boolean continuing) {
      return new SentencePieceDecoder(vocabulary, skipSpecial, !continuing);
    }
  },
  /** The same without stripping. */
  SENTENCE_PIECE {
    @Override
    IncrementalDecoder start(
        ModelTokenizer tokenizer, Vocabulary vocabulary, boolean skipSpecial, boolean continuing) {
      return new SentencePieceDecoder(vocabulary, skipSpecial, false);
    }
  },
  OTHER {
    @Override
    IncrementalDecoder start(
        ModelTokenizer tokenizer, Vocabulary vocabulary, boolean skipSpecial, boolean continuing) {
      return new WindowDecoder(tokenizer, skipSpecial);
    }
  };

  abstract IncrementalDecoder start(
      ModelTokenizer tokenizer, Vocabulary vocabulary, boolean skipSpecial, boolean continuing);

  static DecoderKind of(JsonNode decoder) {
    if (decoder.path("type").asString("").equals("ByteLevel")) {
      return BYTE_LEVEL;
    }
    List<String> steps = new ArrayList<>();
    for (JsonNode step : decoder.path("decoders")) {
      steps.add(describe(step));
    }
    String chain = String.join(" ", steps);
    return switch (chain) {
      case "ByteLevel" -> BYTE_LEVEL;
      case "Replace[\u2581, ] ByteFallback Fuse Strip[ ,1,0]" -> SENTENCE_PIECE_STRIPPED;
      case "Replace[\u2581, ] ByteFallback Fuse" -> SENTENCE_PIECE;
      default -> OTHER;
    };
  }

  private static String describe(JsonNode step) {
    String type = step.path("type").asString("");
    return switch (type) {
      case "Replace" ->
          "Replace[%s,%s]"
              .formatted(
                  step.path("pattern").path("String").asString(""),
                  step.path("content").asString(""));
      case "Strip" ->
          "Strip[%s,%d,%d]"
              .formatted(
                  step.path("content").asString(""),
                  step.path("start").asInt(),
                  step.path("stop").asInt());
      default -> type;
    };
  }
}
