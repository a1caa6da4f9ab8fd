package io.penstock.engine.runtime;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.model.Encoder;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.StepPlan;
import java.util.List;

/** Computes one step at a time with an encoder, whose sequences are whole and never sampled. */
public final class EncoderRunner implements StepRunner {
  private static final Sampled[] NOTHING = {};

  private final Backend backend;
  private final Encoder encoder;
  private final KvCache cache;
  private BatchLayout layout;
  private DeviceBuffer states;

  /**
   * @param backend closed with the runner
   * @param cache of one layer, with one block more than the scheduler's pool, where probes write
   */
  public EncoderRunner(Backend backend, Encoder encoder, KvCache cache) {
    this.backend = backend;
    this.encoder = encoder;
    this.cache = cache;
  }

  @Override
  public int depth() {
    return 1;
  }

  @Override
  public void launch(StepPlan plan, List<SamplingState> none) {
    layout = BatchLayouts.of(plan, false);
  }

  @Override
  public Sampled[] await() {
    states = encoder.forward(layout, cache);
    return NOTHING;
  }

  @Override
  public void readState(int row, float[] destination) {
    backend.readRow(states, layout.stateRows()[row], destination);
  }

  /** Computes so many tokens, at most a block, and throws the result away. */
  public void warmUp(int tokens) {
    encoder.forward(BatchLayouts.forNobody(1, tokens, cache.spec().numBlocks() - 1), cache);
  }

  @Override
  public void probe() {
    warmUp(1);
  }

  @Override
  public void close() {
    backend.close();
  }
}
