package io.penstock.engine.core;

/**
 * A decoder-only transformer, as the forward pass needs it: filled from {@code config.json} or from
 * GGUF metadata, already validated.
 *
 * @param architecture family by name in Hugging Face's terms
 * @param vocabSize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the feed-forward layer
 * @param numLayers decoder blocks
 * @param numHeads query heads
 * @param numKvHeads key/value heads; divides {@code numHeads}
 * @param headDim size of one head; {@code numHeads * headDim} may differ from {@code hiddenSize}
 * @param maxPositionEmbeddings longest context in tokens
 * @param rmsNormEps epsilon inside the root of RMSNorm
 * @param rope rotary embedding
 * @param slidingWindow tokens that a query sees including itself, 0 for all
 * @param qkNorm whether q and k are RMS-normalised per head before RoPE (Qwen3)
 * @param tieWordEmbeddings whether the embedding is the output matrix
 */
public record ModelConfig(
    Architecture architecture,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numLayers,
    int numHeads,
    int numKvHeads,
    int headDim,
    int maxPositionEmbeddings,
    float rmsNormEps,
    RopeConfig rope,
    int slidingWindow,
    boolean qkNorm,
    boolean tieWordEmbeddings) {

  /**
   * Supported families. Biases are not options here: a projection has one when its tensor exists.
   */
  public enum Architecture {
    LLAMA("LlamaForCausalLM", "llama"),
    MISTRAL("MistralForCausalLM", "llama"),
    QWEN2("Qwen2ForCausalLM", "qwen2"),
    QWEN3("Qwen3ForCausalLM", "qwen3");

    private final String huggingFaceName;
    private final String ggufName;

    Architecture(String huggingFaceName, String ggufName) {
      this.huggingFaceName = huggingFaceName;
      this.ggufName = ggufName;
    }

    /** Entry of {@code architectures} in config.json. */
    public String huggingFaceName() {
      return huggingFaceName;
    }

    /** Value of {@code general.architecture} in GGUF. */
    public String ggufName() {
      return ggufName;
    }
  }

  public int queryWidth() {
    return numHeads * headDim;
  }

  public int kvWidth() {
    return numKvHeads * headDim;
  }

  /** Floats of keys and values that one token keeps over all layers. */
  public long kvElementsPerToken() {
    return 2L * numLayers * kvWidth();
  }
}
