package io.penstock.engine.core;

/**
 * What a checkpoint says of the embeddings that it was trained for, as sentence-transformers'
 * {@code modules.json} and the files that it names do.
 *
 * @param maxTokens longest text, control tokens included; 0 for what the model has positions for
 */
public record EmbeddingDefaults(Pooling pooling, boolean normalize, int maxTokens) {
  /** Of a decoder that says nothing, as in vLLM. */
  public static final EmbeddingDefaults DECODER = new EmbeddingDefaults(Pooling.LAST, true, 0);

  /** Of an encoder that says nothing: the mean, as sentence-transformers takes then. */
  public static final EmbeddingDefaults ENCODER = new EmbeddingDefaults(Pooling.MEAN, true, 0);
}
