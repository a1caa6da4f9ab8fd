package io.penstock.engine.boot;

import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelLoadException;

/**
 * How many KV blocks there are and how long a sequence may become: pure arithmetic.
 *
 * @param numBlocks blocks that sequences may use
 * @param maxModelLen longest prompt plus output, in tokens
 * @param reduced whether the cache, not the model or a setting, limits {@code maxModelLen}
 */
record KvCacheSizing(int numBlocks, int maxModelLen, boolean reduced) {
  static final int BLOCK_SIZE = 16;

  /** Enough for a few long requests of a small model, or for many short ones. */
  static final long DEFAULT_BYTES = 384L << 20;

  private static final int SMALLEST_CONTEXT = 2; // one token in, one token out

  /**
   * @param elementBytes bytes of one cached element on the device
   * @param availableBytes free memory of the device; a default takes a quarter of it at most
   * @throws ModelLoadException when a setting cannot be met
   */
  static KvCacheSizing of(
      ModelConfig config, EngineOptions options, int elementBytes, long availableBytes) {
    int context = config.maxPositionEmbeddings();
    if (options.maxModelLen() > context) {
      throw new ModelLoadException(
          "max-model-len is %d, but the model %s was made for %d tokens; leave it out or set it to at most that"
              .formatted(options.maxModelLen(), options.modelId(), context));
    }
    int wanted = options.maxModelLen() > 0 ? options.maxModelLen() : context;
    long blockBytes = config.kvElementsPerToken() * BLOCK_SIZE * elementBytes;
    long bytes =
        options.kvCacheBytes() > 0
            ? options.kvCacheBytes()
            : Math.min(
                Math.max(Math.ceilDiv(wanted, BLOCK_SIZE) * blockBytes, DEFAULT_BYTES),
                availableBytes / 4);
    long blocks = Math.min(bytes / blockBytes, Integer.MAX_VALUE / BLOCK_SIZE);
    int tokens = (int) blocks * BLOCK_SIZE;
    if (tokens < SMALLEST_CONTEXT) {
      throw new ModelLoadException(
          "a KV cache of %d bytes does not hold one block of %d tokens, which takes %d bytes; give it more"
              .formatted(bytes, BLOCK_SIZE, blockBytes));
    }
    return new KvCacheSizing((int) blocks, Math.min(wanted, tokens), tokens < wanted);
  }
}
