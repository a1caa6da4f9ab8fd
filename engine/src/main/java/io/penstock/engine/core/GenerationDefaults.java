package io.penstock.engine.core;

import java.util.Map;
import java.util.Set;

/**
 * What {@code generation_config.json} (or GGUF metadata) says of generating.
 *
 * @param eosTokenIds all ids that end a text
 * @param sampling values such as {@code temperature}, {@code top_p}, {@code top_k}, {@code
 *     repetition_penalty} where given; they stand in for what a request leaves out
 */
public record GenerationDefaults(Set<Integer> eosTokenIds, Map<String, Object> sampling) {
  public GenerationDefaults {
    eosTokenIds = Set.copyOf(eosTokenIds);
    sampling = Map.copyOf(sampling);
  }
}
