package io.penstock.engine.runtime;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.sampling.MasksAhead;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.Sampler;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.StepPlan;
import java.util.Arrays;
import java.util.List;

/**
 * Computes one step at a time with a transformer whose logits the host samples. {@link #launch}
 * only notes the step, which the host's threads compute; beside them others work out what grammars
 * allow.
 */
public final class ModelRunner implements ModelStepRunner {
  private final Backend backend;
  private final Transformer transformer;
  private final KvCache cache;
  private final SwapSpace swap;
  private final Sampler sampler;
  private final MasksAhead masks = new MasksAhead();

  private StepPlan launched;
  private BatchLayout layout;
  private List<SamplingState> launchedStates;

  /** See {@link ModelStepRunner#of}. */
  ModelRunner(
      Backend backend, Transformer transformer, KvCache cache, SwapSpace swap, int vocabSize) {
    this.backend = backend;
    this.transformer = transformer;
    this.cache = cache;
    this.swap = swap;
    this.sampler = new Sampler(backend, vocabSize);
  }

  @Override
  public int depth() {
    return 1;
  }

  @Override
  public boolean worksOutMasks() {
    return true;
  }

  @Override
  public void launch(StepPlan plan, List<SamplingState> states) {
    launched = plan;
    layout = BatchLayouts.of(plan, transformer.rotationDependsOnLength());
    launchedStates = states;
  }

  @Override
  public Sampled[] await() {
    DeviceBuffer logits;
    masks.start(launchedStates);
    try {
      CacheCopies.enqueue(launched, swap);
      logits = transformer.forward(layout, cache);
    } finally {
      masks.finish();
    }
    return sampler.sample(logits, launchedStates);
  }

  @Override
  public void readState(int row, float[] destination) {
    backend.readRow(transformer.states(), row, destination);
  }

  @Override
  public Sampled[] score(int firstRow, int[] tokens, int top) {
    Sampled[] scored = new Sampled[tokens.length];
    int most = transformer.maxLogitRows();
    for (int from = 0; from < tokens.length; from += most) {
      int count = Math.min(most, tokens.length - from);
      DeviceBuffer logits = transformer.logits(firstRow + from, count);
      int[] some = Arrays.copyOfRange(tokens, from, from + count);
      System.arraycopy(sampler.score(logits, some, top), 0, scored, from, count);
    }
    return scored;
  }

  @Override
  public void warmUp(int sequences, int tokens) {
    BatchLayout batch = BatchLayouts.forNobody(sequences, tokens, cache.spec().numBlocks() - 1);
    sampler.greedy(transformer.forward(batch, cache), sequences);
  }

  @Override
  public void close() {
    masks.close();
    backend.close();
  }
}
