package io.penstock.engine.runtime;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.Sampler;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.StepPlan;
import java.util.Arrays;
import java.util.List;

/**
 * Computes steps with a transformer on a backend. The last block of its cache belongs to no
 * sequence: warm-up and probes write there.
 */
public final class ModelRunner implements StepRunner {
  private final Backend backend;
  private final Transformer transformer;
  private final KvCache cache;
  private final Sampler sampler;

  /**
   * @param backend closed with this runner
   * @param cache with one block more than the scheduler's pool
   */
  public ModelRunner(Backend backend, Transformer transformer, KvCache cache, int vocabSize) {
    this.backend = backend;
    this.transformer = transformer;
    this.cache = cache;
    this.sampler = new Sampler(backend, vocabSize);
  }

  @Override
  public Sampled[] run(StepPlan plan, List<SamplingState> states) {
    BatchLayout batch = BatchLayouts.of(plan, transformer.rotationDependsOnLength());
    DeviceBuffer logits = transformer.forward(batch, cache);
    return sampler.sample(logits, states);
  }

  @Override
  public void probe() {
    warmUp(1, 1);
  }

  /**
   * Computes {@code sequences} times {@code tokens} tokens and throws the result away.
   *
   * @param tokens at most a block
   */
  public void warmUp(int sequences, int tokens) {
    int total = sequences * tokens;
    int[] positions = new int[total];
    Arrays.setAll(positions, i -> i % tokens);
    int[] queryStart = new int[sequences + 1];
    Arrays.setAll(queryStart, s -> s * tokens);
    int[] lengths = new int[sequences];
    Arrays.fill(lengths, tokens);
    int[][] blockTables = new int[sequences][];
    Arrays.fill(blockTables, new int[] {cache.spec().numBlocks() - 1});
    int[] logitRows = new int[sequences];
    Arrays.setAll(logitRows, s -> (s + 1) * tokens - 1);
    BatchLayout batch =
        new BatchLayout(
            new int[total], positions, queryStart, lengths, lengths, blockTables, logitRows);
    sampler.greedy(transformer.forward(batch, cache), sequences);
  }

  @Override
  public void close() {
    backend.close();
  }
}
