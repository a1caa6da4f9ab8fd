package io.penstock.engine.weights;

import io.penstock.engine.core.GenerationDefaults;
import io.penstock.engine.core.TokenizerSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The tokenizer's metadata in a GGUF file, and the end tokens it tells of. */
final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final int CONTROL = 3;

  /** Ends of a turn, which older files mark by nothing but their text, as llama.cpp knows. */
  private static final Set<String> END_OF_TURN = Set.of("<|eot_id|>", "<|im_end|>", "<|eom_id|>");

  /** Byte-level pre-tokenizers whose models begin a text with bos even if no key says so. */
  private static final Set<String> BOS_BY_DEFAULT = Set.of("llama-bpe", "llama3", "llama-v3");

  private final Fields f;

  private GgufTokenizer(GgufFile file) {
    this.f = new Fields(file.path(), file.metadata());
  }

  static TokenizerSource.Gguf read(GgufFile file, int vocabSize) {
    return new GgufTokenizer(file).source(vocabSize);
  }

  private TokenizerSource.Gguf source(int vocabSize) {
    String model = f.text(PREFIX + "model");
    if (model == null) {
      throw f.error(PREFIX + "model", "is missing");
    }
    String pre = f.text(PREFIX + "pre");
    boolean sentencePiece = model.equals("llama");
    String[] tokens = strings("tokens");
    if (tokens.length == 0 || tokens.length > vocabSize) {
      throw f.error(
          PREFIX + "tokens", "%d tokens, the embedding has %d rows", tokens.length, vocabSize);
    }
    GgufArray types = array("token_type", tokens.length);
    GgufArray scores = array("scores", tokens.length);
    return new TokenizerSource.Gguf(
        model,
        pre,
        tokens,
        types == null ? new int[0] : types.integers(),
        scores == null ? new float[0] : scores.floats(),
        strings("merges"),
        id("bos_token_id", tokens.length),
        id("eos_token_id", tokens.length),
        id("unknown_token_id", tokens.length),
        id("padding_token_id", tokens.length),
        f.flag(
            PREFIX + "add_bos_token",
            sentencePiece || (pre != null && BOS_BY_DEFAULT.contains(pre))),
        f.flag(PREFIX + "add_eos_token", false),
        f.flag(PREFIX + "add_space_prefix", sentencePiece),
        f.text("tokenizer.chat_template"));
  }

  static GenerationDefaults generation(GgufFile file, TokenizerSource.Gguf tokenizer) {
    GgufTokenizer reader = new GgufTokenizer(file);
    int size = tokenizer.tokens().length;
    Set<Integer> eos = new TreeSet<>();
    for (String key : new String[] {"eos_token_id", "eot_token_id", "eom_token_id"}) {
      eos.add(reader.id(key, size));
    }
    for (int id = 0; id < tokenizer.types().length; id++) {
      if (tokenizer.types()[id] == CONTROL && END_OF_TURN.contains(tokenizer.tokens()[id])) {
        eos.add(id);
      }
    }
    eos.remove(-1);
    return new GenerationDefaults(eos, Map.of());
  }

  private int id(String name, int vocabSize) {
    return f.integer(PREFIX + name, -1, vocabSize - 1, -1);
  }

  private String[] strings(String name) {
    GgufArray array = array(name);
    return array == null ? new String[0] : array.strings();
  }

  /** An array with one element for each token, or null when missing. */
  private GgufArray array(String name, int tokens) {
    GgufArray array = array(name);
    if (array != null && array.count() != tokens) {
      throw f.error(PREFIX + name, "%d elements for %d tokens", array.count(), tokens);
    }
    return array;
  }

  private GgufArray array(String name) {
    Object value = f.raw(PREFIX + name);
    if (value == null || value instanceof GgufArray) {
      return (GgufArray) value;
    }
    throw f.error(PREFIX + name, "expected an array, found %s", Fields.show(value));
  }
}
