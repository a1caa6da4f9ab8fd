package io.penstock.engine.runtime;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.SampledRows;
import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.StepPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps two steps on a device that samples. {@link #launch} enqueues a step and returns; the ids
 * that it samples stay on the device, where the next step finds them as its input, so the host
 * learns them a step late and nobody waits for it.
 *
 * <p>Where a grammar decides what may be sampled, the host must know the token before. The forward
 * pass of such a step is enqueued like any other; its sampling follows as soon as the step before
 * it was applied ({@link #tokensApplied}), while the device computes the forward pass, in whose
 * time the host works the masks out. So the device waits only if that takes longer.
 *
 * <p>Every step is sampled, even one without rows: awaiting a sample is what tells that its step
 * has ended, that it went well, and that its part of the upload buffers may be written again.
 */
public final class OverlappedRunner implements ModelStepRunner {
  private static final Logger log = LoggerFactory.getLogger(OverlappedRunner.class);

  private final Backend backend;
  private final Transformer transformer;
  private final KvCache cache;
  private final SwapSpace swap;
  private final DeviceSampler sampler;
  private final Optional<Interposer> interposer;
  private final SamplingRow greedy =
      new SamplingState(SamplingParams.greedy(1), 0, 0, new int[0], new int[0]).row(0);

  private int inFlight; // sampled and not awaited
  private Unsampled unsampled; // launched last, or null

  /** A step whose sampling is to follow. */
  private record Unsampled(DeviceBuffer logits, StepPlan plan, List<SamplingState> states) {}

  /** See {@link ModelStepRunner#of}. */
  OverlappedRunner(
      Backend backend,
      Transformer transformer,
      KvCache cache,
      SwapSpace swap,
      DeviceSampler sampler,
      Optional<Interposer> interposer) {
    this.backend = backend;
    this.transformer = transformer;
    this.cache = cache;
    this.swap = swap;
    this.sampler = sampler;
    this.interposer = interposer;
  }

  @Override
  public int depth() {
    return 2;
  }

  @Override
  public void launch(StepPlan plan, List<SamplingState> states) {
    CacheCopies.enqueue(plan, swap);
    DeviceBuffer logits =
        transformer.forward(BatchLayouts.of(plan, transformer.rotationDependsOnLength()), cache);
    if (needsLastToken(plan, states)) {
      unsampled = new Unsampled(logits, plan, List.copyOf(states));
    } else {
      sample(logits, rows(plan, states));
    }
  }

  private static boolean needsLastToken(StepPlan plan, List<SamplingState> states) {
    int row = 0;
    for (ScheduledSequence scheduled : plan.sequences()) {
      if (scheduled.sampled() && states.get(row++).needsLastToken() && scheduled.pending()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void tokensApplied() {
    if (unsampled == null) {
      return;
    }
    Unsampled step = unsampled;
    List<SamplingRow> rows = new ArrayList<>(step.states.size());
    for (SamplingState state : step.states) {
      rows.add(state.row(0)); // of all of them the last token is known now
    }
    unsampled = null;
    sample(step.logits, rows);
  }

  /** A sequence whose last token is still on the device has been given one token less so far. */
  static List<SamplingRow> rows(StepPlan plan, List<SamplingState> states) {
    List<SamplingRow> rows = new ArrayList<>(states.size());
    for (ScheduledSequence scheduled : plan.sequences()) {
      if (scheduled.sampled()) {
        rows.add(states.get(rows.size()).row(scheduled.pending() ? 1 : 0));
      }
    }
    return rows;
  }

  private void enqueue(BatchLayout batch, List<SamplingRow> rows) {
    sample(transformer.forward(batch, cache), rows);
  }

  private void sample(DeviceBuffer logits, List<SamplingRow> rows) {
    sampler.sample(logits, rows);
    inFlight++;
  }

  @Override
  public Sampled[] await() {
    inFlight--;
    return sampled(sampler.await());
  }

  @Override
  public boolean canPause() {
    return inFlight == 1 && interposer.isPresent() && interposer.get().canPause();
  }

  @Override
  public Sampled[] computeAmid(StepPlan plan, List<SamplingState> states) {
    BatchLayout batch = BatchLayouts.of(plan, transformer.rotationDependsOnLength());
    return sampled(interposer.orElseThrow().compute(batch, rows(plan, states), cache));
  }

  @Override
  public long deviceWaitedNanos() {
    return sampler.deviceWaitedNanos();
  }

  private static Sampled[] sampled(SampledRows rows) {
    Sampled[] sampled = new Sampled[rows.tokens().length];
    for (int i = 0; i < sampled.length; i++) {
      sampled[i] =
          new Sampled(
              rows.tokens()[i], rows.logprobs()[i], rows.topIds()[i], rows.topLogprobs()[i]);
    }
    return sampled;
  }

  @Override
  public void probe() {
    drop();
    warmUp(1, 1);
  }

  @Override
  public void warmUp(int sequences, int tokens) {
    enqueue(
        BatchLayouts.forNobody(sequences, tokens, cache.spec().numBlocks() - 1),
        Collections.nCopies(sequences, greedy));
    await();
  }

  /** Awaits what is in flight without using it. */
  private void drop() {
    if (unsampled != null) {
      Unsampled step = unsampled;
      unsampled = null;
      try {
        sample(step.logits, Collections.nCopies(step.states.size(), greedy));
      } catch (RuntimeException e) {
        log.debug("a step in flight could not be sampled", e);
      }
    }
    while (inFlight > 0) {
      try {
        await();
      } catch (RuntimeException e) { // it failed like the step before it; a probe tells more
        log.debug("a step in flight failed", e);
      }
    }
  }

  @Override
  public void close() {
    drop();
    backend.close();
  }
}
