package io.penstock.engine.client;

import io.penstock.engine.core.EmbeddingInfo;
import java.time.Instant;
import java.util.Map;

/**
 * A served model.
 *
 * @param id name in the API
 * @param architecture Hugging Face's class name
 * @param dtype the dominating weight type
 * @param parameters number of weights
 * @param weightBytes bytes of the weights as stored
 * @param maxModelLen longest prompt plus output, in tokens
 * @param vocabSize size of the vocabulary
 * @param backend device and instruction set that compute, for a person
 * @param loadedAt when it became ready
 * @param generationDefaults {@code generation_config.json}'s sampling values by their names
 * @param maxNumSeqs most sequences in the batch; 0 when that is not told
 * @param kvBlockTokens tokens of a block of the KV cache; 0 when that is not told
 * @param kvBlockBytes bytes of such a block; 0 when that is not told
 * @param generates whether it takes {@link InferenceEngine#submit}
 * @param embedding how it takes {@link InferenceEngine#embed}; null when it does not
 */
public record ModelInfo(
    String id,
    String architecture,
    String dtype,
    long parameters,
    long weightBytes,
    int maxModelLen,
    int vocabSize,
    String backend,
    Instant loadedAt,
    Map<String, Object> generationDefaults,
    int maxNumSeqs,
    int kvBlockTokens,
    long kvBlockBytes,
    boolean generates,
    EmbeddingInfo embedding) {

  /** One that generates and does nothing else, and does not tell what there is room for. */
  public ModelInfo(
      String id,
      String architecture,
      String dtype,
      long parameters,
      long weightBytes,
      int maxModelLen,
      int vocabSize,
      String backend,
      Instant loadedAt,
      Map<String, Object> generationDefaults) {
    this(
        id,
        architecture,
        dtype,
        parameters,
        weightBytes,
        maxModelLen,
        vocabSize,
        backend,
        loadedAt,
        generationDefaults,
        0,
        0,
        0,
        true,
        null);
  }
}
