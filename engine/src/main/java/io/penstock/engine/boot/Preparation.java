package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.runtime.Interposer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Computes the largest batch once before the KV cache takes what memory is left: whatever a backend
 * allocates when it is first needed is then there.
 */
final class Preparation {
  private Preparation() {}

  static void computeLargestBatch(
      Backend backend,
      Transformer transformer,
      Optional<Interposer> interposer,
      ModelConfig config,
      StepLimits limits) {
    KvCache scratch =
        backend.allocateKvCache(
            new KvCacheSpec(
                config.numLayers(),
                config.numKvHeads(),
                config.headDim(),
                KvCacheSizing.BLOCK_SIZE,
                1));
    transformer.forward(largestBatch(limits), scratch);
    interposer.ifPresent(steps -> steps.forward(largestBatch(limits.interposed()), scratch));
  }

  /** As many tokens and as many rows of logits as can be; all sequences write to block 0. */
  static BatchLayout largestBatch(StepLimits limits) {
    int tokens = limits.maxUrgentBatchedTokens();
    int sequences = limits.maxNumSeqs();
    int[] queryStart = new int[sequences + 1];
    Arrays.setAll(queryStart, s -> (int) ((long) tokens * s / sequences));
    int[] positions = new int[tokens];
    int[] lengths = new int[sequences];
    int[][] blockTables = new int[sequences][];
    int[] logitRows = new int[sequences];
    for (int s = 0; s < sequences; s++) {
      lengths[s] = queryStart[s + 1] - queryStart[s];
      blockTables[s] = new int[Math.ceilDiv(lengths[s], KvCacheSizing.BLOCK_SIZE)];
      logitRows[s] = queryStart[s + 1] - 1;
      for (int i = 0; i < lengths[s]; i++) {
        positions[queryStart[s] + i] = i;
      }
    }
    return new BatchLayout(
        new int[tokens], positions, queryStart, lengths, lengths, blockTables, logitRows);
  }
}
