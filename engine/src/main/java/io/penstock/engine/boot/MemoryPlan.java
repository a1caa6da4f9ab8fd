package io.penstock.engine.boot;

import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;

/**
 * What a model on disk would take of this machine's own memory, known before it is loaded: that is
 * how it is on the CPU. On a GPU its share of that memory decides, and what is left of it after
 * weights becomes KV cache.
 *
 * @param weightBytes as stored, which is what the CPU keeps
 * @param kvBytesPerToken of all layers, as the CPU's cache has them
 * @param kvBytes what the cache would get
 * @param contextTokens longest prompt plus output with that cache
 * @param trainedTokens the context that the model was made for
 * @param availableBytes what this process may still take
 * @param fits whether weights and cache fit into that
 */
public record MemoryPlan(
    String architecture,
    String dtype,
    long parameters,
    long weightBytes,
    long kvBytesPerToken,
    long kvBytes,
    int contextTokens,
    int trainedTokens,
    long availableBytes,
    boolean fits) {
  private static final int ELEMENT_BYTES = Float.BYTES;

  /**
   * @param location a Hugging Face directory or a GGUF file
   * @param maxModelLen 0 for what the model was made for
   * @param kvCacheBytes 0 for the default
   * @throws io.penstock.engine.core.ModelLoadException when it cannot be served, saying why
   */
  public static MemoryPlan of(Path location, int maxModelLen, long kvCacheBytes) {
    EngineOptions options =
        new EngineOptions(
            location.getFileName().toString(),
            location,
            EngineOptions.BackendChoice.CPU,
            0,
            maxModelLen,
            kvCacheBytes,
            0,
            0,
            0,
            1,
            0,
            1);
    try (Checkpoint checkpoint = Checkpoints.open(location)) {
      ModelConfig config = checkpoint.config();
      ModelWeightStats stats = ModelWeightStats.of(checkpoint);
      long available = MachineMemory.availableBytes();
      KvCacheSizing sizing =
          KvCacheSizing.ofHost(
              config, options, ELEMENT_BYTES, Math.max(0, available - stats.bytes()));
      long blockBytes = KvCacheSizing.blockBytes(config, ELEMENT_BYTES);
      long kvBytes = sizing.numBlocks() * blockBytes;
      return new MemoryPlan(
          config.architecture().huggingFaceName(),
          stats.dominatingType().name(),
          stats.parameters(),
          stats.bytes(),
          blockBytes / KvCacheSizing.BLOCK_SIZE,
          kvBytes,
          sizing.maxModelLen(),
          config.maxPositionEmbeddings(),
          available,
          stats.bytes() + kvBytes <= available);
    }
  }
}
