package io.penstock.engine.client;

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
    Map<String, Object> generationDefaults) {}
