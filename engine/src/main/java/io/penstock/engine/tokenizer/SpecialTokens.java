package io.penstock.engine.tokenizer;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Text of the tokens with a role; null where the model has none.
 *
 * @param bos begins a text
 * @param eos ends it
 * @param pad fills up batches
 * @param unk stands for what the vocabulary lacks
 */
public record SpecialTokens(String bos, String eos, String pad, String unk) {

  /** The variables that chat templates see: {@code bos_token} and so on, where known. */
  public Map<String, Object> templateVariables() {
    Map<String, Object> variables = new LinkedHashMap<>();
    put(variables, "bos_token", bos);
    put(variables, "eos_token", eos);
    put(variables, "pad_token", pad);
    put(variables, "unk_token", unk);
    return variables;
  }

  private static void put(Map<String, Object> variables, String name, String token) {
    if (token != null) {
      variables.put(name, token);
    }
  }
}
