package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.cpu.CpuBackend;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A model without an engine: feeds one sequence and gives logits. For golden tests. */
final class LoadedModel implements AutoCloseable {
  static final Path FIXTURES = Path.of("src/test/fixtures");
  static final Path SMOLLM2 = Path.of("../models/SmolLM2-135M-Instruct.Q4_1.gguf");
  private static final int BLOCK_SIZE = 16;

  final ModelConfig config;
  private final Backend backend = CpuBackend.create(0);
  private final Transformer transformer;
  private final KvCache cache;
  private final int maxTokens;
  private final int[] blockTable;
  private int computed;

  /**
   * @param maxContext tokens of the longest sequence
   * @param maxTokens tokens that one step computes at most; each may be asked for its logits
   */
  LoadedModel(Path location, int maxContext, int maxTokens) {
    this.maxTokens = maxTokens;
    try (Checkpoint checkpoint = Checkpoints.open(location)) {
      config = checkpoint.config();
      TransformerWeights weights = TransformerWeights.load(backend, checkpoint, _ -> {});
      transformer = new Transformer(config, weights, backend, maxTokens, maxTokens);
    }
    int blocks = Math.ceilDiv(maxContext, BLOCK_SIZE);
    cache =
        backend.allocateKvCache(
            new KvCacheSpec(
                config.numLayers(), config.numKvHeads(), config.headDim(), BLOCK_SIZE, blocks));
    blockTable = IntStream.range(0, blocks).map(i -> blocks - 1 - i).toArray();
  }

  /** Logits at the positions {@code from} and later, computing {@code ids} in chunks. */
  float[][] logits(int[] ids, int from, int chunk) {
    computed = 0;
    float[][] all = new float[ids.length - from][];
    while (computed < ids.length) {
      int start = computed;
      int end = Math.min(start + Math.min(chunk, maxTokens), ids.length);
      float[][] part =
          feed(Arrays.copyOfRange(ids, start, end), ids.length, Math.max(0, from - start));
      for (int i = 0; i < part.length; i++) {
        all[end - part.length - from + i] = part[i];
      }
    }
    return all;
  }

  /** The greedy continuation of ids, one token at a time. */
  int[] greedy(int[] ids, int count) {
    float[][] last = logits(ids, ids.length - 1, maxTokens);
    int[] generated = new int[count];
    generated[0] = argmax(last[0]);
    for (int i = 1; i < count; i++) {
      generated[i] = argmax(feed(new int[] {generated[i - 1]}, ids.length, 0)[0]);
    }
    return generated;
  }

  /** Computes the next tokens; logits of those at index {@code from} and later. */
  private float[][] feed(int[] tokens, int promptLength, int from) {
    int context = computed + tokens.length;
    int first = computed;
    BatchLayout batch =
        new BatchLayout(
            tokens,
            IntStream.range(first, context).toArray(),
            new int[] {0, tokens.length},
            new int[] {context},
            new int[] {Math.max(promptLength, context)},
            new int[][] {blockTable},
            IntStream.range(Math.min(from, tokens.length), tokens.length).toArray());
    DeviceBuffer logits = transformer.forward(batch, cache);
    computed = context;
    float[][] rows = new float[batch.logitRows().length][config.vocabSize()];
    for (int i = 0; i < rows.length; i++) {
      backend.readRow(logits, i, rows[i]);
    }
    return rows;
  }

  static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  @Override
  public void close() {
    backend.close();
  }
}
