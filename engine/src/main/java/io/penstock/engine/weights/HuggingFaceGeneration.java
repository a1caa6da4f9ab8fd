package io.penstock.engine.weights;

import io.penstock.engine.core.GenerationDefaults;
import io.penstock.engine.core.TokenizerSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * End tokens and sampling defaults of a Hugging Face directory. End tokens are what {@code
 * config.json}, {@code generation_config.json} and the tokenizer name, all together: chat models
 * often give the end of a turn in one place and the end of a text in another.
 */
final class HuggingFaceGeneration {
  private HuggingFaceGeneration() {}

  static GenerationDefaults read(
      Path directory, Fields config, TokenizerSource.HuggingFace tokenizer) {
    Path file = directory.resolve("generation_config.json");
    Fields generation = new Fields(file, Files.exists(file) ? Json.object(file) : Map.of());
    Set<Integer> eos = new TreeSet<>();
    addIds(eos, config);
    addIds(eos, generation);
    addTokenizerEos(eos, tokenizer);
    return new GenerationDefaults(eos, sampling(generation));
  }

  private static void addIds(Set<Integer> ids, Fields f) {
    Object value = f.raw("eos_token_id");
    for (Object id :
        value instanceof List<?> list ? list : value == null ? List.of() : List.of(value)) {
      Long number = Fields.integral(id);
      // -1 stands for "none" in some checkpoints.
      if (number == null || number < -1 || number >= Limits.MAX_VOCAB) {
        throw f.error("eos_token_id", "expected token ids, found %s", Fields.show(value));
      }
      if (number >= 0) {
        ids.add(number.intValue());
      }
    }
  }

  private static void addTokenizerEos(Set<Integer> ids, TokenizerSource.HuggingFace tokenizer) {
    String eos = content(tokenizer.config().get("eos_token"));
    if (eos != null) {
      Map<Integer, String> added = addedTokens(tokenizer);
      added.forEach(
          (id, content) -> {
            if (content.equals(eos)) {
              ids.add(id);
            }
          });
    }
  }

  /** Special tokens stand in tokenizer.json, and often in the configuration beside it as well. */
  private static Map<Integer, String> addedTokens(TokenizerSource.HuggingFace tokenizer) {
    if (!(tokenizer.config().get("added_tokens_decoder") instanceof Map<?, ?> decoder)) {
      return AddedTokens.of(tokenizer.tokenizerJson());
    }
    Map<Integer, String> added = new HashMap<>();
    decoder.forEach(
        (id, token) -> {
          if (content(token) != null && id.toString().matches("\\d{1,8}")) {
            added.put(Integer.parseInt(id.toString()), content(token));
          }
        });
    return added;
  }

  /** Special tokens are written as strings or as objects with {@code content}. */
  private static String content(Object token) {
    return token instanceof Map<?, ?> map
        ? content(map.get("content"))
        : token instanceof String s ? s : null;
  }

  private static Map<String, Object> sampling(Fields f) {
    Map<String, Object> sampling = new HashMap<>();
    addReal(sampling, f, "temperature", 0, 100);
    addReal(sampling, f, "top_p", Double.MIN_VALUE, 1);
    addReal(sampling, f, "min_p", 0, 1);
    addReal(sampling, f, "repetition_penalty", Double.MIN_VALUE, 100);
    if (f.has("top_k")) {
      sampling.put("top_k", Math.max(0, f.integer("top_k", -1, Limits.MAX_VOCAB)));
    }
    return sampling;
  }

  private static void addReal(
      Map<String, Object> sampling, Fields f, String key, double min, double max) {
    if (f.has(key)) {
      sampling.put(key, f.real(key, min, max));
    }
  }
}
