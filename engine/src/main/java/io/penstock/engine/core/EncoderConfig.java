package io.penstock.engine.core;

/**
 * A post-norm encoder of the BERT family (arXiv 1810.04805), from {@code config.json}, already
 * validated.
 *
 * @param architecture Hugging Face's class name
 * @param prefix of tensor names: empty, or {@code bert.} where a head stands beside the encoder
 * @param vocabSize rows of the word embedding
 * @param hiddenSize width of the hidden states; a multiple of {@code numHeads}
 * @param intermediateSize width of the feed-forward layer
 * @param numLayers blocks
 * @param numHeads attention heads
 * @param maxPositions rows of the learned position embedding
 * @param tokenTypes rows of the token type embedding; a text alone is of type 0
 * @param layerNormEps epsilon inside the root of LayerNorm
 */
public record EncoderConfig(
    String architecture,
    String prefix,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numLayers,
    int numHeads,
    int maxPositions,
    int tokenTypes,
    float layerNormEps) {

  public int headDim() {
    return hiddenSize / numHeads;
  }
}
