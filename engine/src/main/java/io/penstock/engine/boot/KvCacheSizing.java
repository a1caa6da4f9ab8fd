package io.penstock.engine.boot;

import io.penstock.engine.backend.CacheRoom;
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
   * For a device whose memory is the machine's: a default leaves most of it to others.
   *
   * @param elementBytes bytes of one cached element
   * @param availableBytes free memory; a default takes a quarter of it at most
   * @throws ModelLoadException when a setting cannot be met
   */
  static KvCacheSizing ofHost(
      ModelConfig config, EngineOptions options, int elementBytes, long availableBytes) {
    int wanted = wantedContext(config, options);
    long blockBytes = blockBytes(config, elementBytes);
    long bytes =
        options.kvCacheBytes() > 0
            ? options.kvCacheBytes()
            : Math.min(
                Math.max(Math.ceilDiv(wanted, BLOCK_SIZE) * blockBytes, DEFAULT_BYTES),
                availableBytes / 4);
    return of(bytes, blockBytes, wanted);
  }

  /**
   * For a device with memory of its own: a default takes all that is left, but for the one block
   * that belongs to no sequence.
   *
   * @param elementBytes bytes of one cached element
   * @throws ModelLoadException when nothing is left, or less than a setting wants
   */
  static KvCacheSizing ofDevice(
      ModelConfig config, EngineOptions options, int elementBytes, CacheRoom room) {
    int wanted = wantedContext(config, options);
    long blockBytes = blockBytes(config, elementBytes);
    long left = room.bytes() - blockBytes;
    if (left < blockBytes) {
      throw new ModelLoadException(
          "%s has no room for a KV cache: %s. Raise gpu-memory-utilization (or lower that of the models beside it), or lower max-num-seqs or max-num-batched-tokens"
              .formatted(options.modelId(), room.explanation()));
    }
    if (options.kvCacheBytes() > left) {
      throw new ModelLoadException(
          "%s cannot have a KV cache of %d bytes, %d are left: %s. Lower kv-cache-size or raise gpu-memory-utilization"
              .formatted(options.modelId(), options.kvCacheBytes(), left, room.explanation()));
    }
    return of(options.kvCacheBytes() > 0 ? options.kvCacheBytes() : left, blockBytes, wanted);
  }

  /**
   * Longest sequence if the cache allows it.
   *
   * @throws ModelLoadException when the options ask for more than the model was made for
   */
  static int wantedContext(ModelConfig config, EngineOptions options) {
    int context = config.maxPositionEmbeddings();
    if (options.maxModelLen() > context) {
      throw new ModelLoadException(
          "max-model-len is %d, but the model %s was made for %d tokens; leave it out or set it to at most that"
              .formatted(options.maxModelLen(), options.modelId(), context));
    }
    return options.maxModelLen() > 0 ? options.maxModelLen() : context;
  }

  /** Bytes of one block, all layers. */
  static long blockBytes(ModelConfig config, int elementBytes) {
    return config.kvElementsPerToken() * BLOCK_SIZE * elementBytes;
  }

  private static KvCacheSizing of(long bytes, long blockBytes, int wanted) {
    long blocks = Math.min(bytes / blockBytes, Integer.MAX_VALUE / BLOCK_SIZE - 1);
    int tokens = (int) blocks * BLOCK_SIZE;
    if (tokens < SMALLEST_CONTEXT) {
      throw new ModelLoadException(
          "a KV cache of %d bytes does not hold one block of %d tokens, which takes %d bytes; give it more"
              .formatted(bytes, BLOCK_SIZE, blockBytes));
    }
    return new KvCacheSizing((int) blocks, Math.min(wanted, tokens), tokens < wanted);
  }
}
