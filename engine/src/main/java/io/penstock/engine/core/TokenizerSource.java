package io.penstock.engine.core;

import java.util.List;
import java.util.Map;

/**
 * What a checkpoint says about its tokenizer, not yet interpreted. Reading it is the loader's work,
 * building a tokenizer from it the tokenizer's; this record keeps the two apart.
 */
public sealed interface TokenizerSource {

  /** The Jinja chat template, or null when the checkpoint has none. */
  String chatTemplate();

  /**
   * From a Hugging Face directory.
   *
   * @param tokenizerJson content of {@code tokenizer.json}
   * @param config parsed {@code tokenizer_config.json} (empty when missing): special tokens under
   *     {@code bos_token}, {@code eos_token}, ... as strings or as objects with {@code content}
   */
  record HuggingFace(String tokenizerJson, Map<String, Object> config, String chatTemplate)
      implements TokenizerSource {}

  /**
   * From a BERT's {@code vocab.txt}.
   *
   * @param tokens vocabulary by id
   * @param config parsed {@code tokenizer_config.json}, empty when missing
   */
  record WordPiece(List<String> tokens, Map<String, Object> config) implements TokenizerSource {
    @Override
    public String chatTemplate() {
      return null;
    }
  }

  /**
   * From GGUF metadata; fields are the keys below {@code tokenizer.ggml.}. Ids are -1 and arrays
   * empty where the key is missing.
   *
   * @param model {@code gpt2} (byte-level BPE) or {@code llama} (SentencePiece BPE)
   * @param pre name of the pre-tokenizer, such as {@code llama-bpe}
   * @param tokens vocabulary by id
   * @param types 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; by id
   * @param scores SentencePiece scores by id
   * @param merges "left right", best first
   */
  record Gguf(
      String model,
      String pre,
      String[] tokens,
      int[] types,
      float[] scores,
      String[] merges,
      int bosId,
      int eosId,
      int unknownId,
      int padId,
      boolean addBos,
      boolean addEos,
      boolean addSpacePrefix,
      String chatTemplate)
      implements TokenizerSource {}
}
