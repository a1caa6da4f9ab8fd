package io.penstock.engine.runtime;

import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.StepPlan;
import java.util.List;

/**
 * Computes steps; for the engine's thread. Steps run in the order in which they were launched, and
 * as if one after the other.
 */
public interface StepRunner extends AutoCloseable {

  /**
   * Most steps in flight, launched and not awaited: 1 or 2. With 1, each step is applied before the
   * next is planned. With 2 the next is planned and launched while one runs, so its plan may have
   * tokens that are not known yet ({@link
   * io.penstock.engine.sched.ScheduledSequence#pendingToken}).
   */
  int depth();

  /**
   * Starts a step, its copies first.
   *
   * @param states of the plan's sampled sequences, in their order; read until this returns or, at
   *     depth 1, until {@link #await} does; not changed
   */
  void launch(StepPlan plan, List<SamplingState> states);

  /**
   * Goes on with the step that was launched last if it waits for tokens of the step before it,
   * which have been applied: where a grammar decides what may be sampled. To be called after each
   * step that is applied while another is in flight.
   */
  default void tokensApplied() {}

  /**
   * Whether it finds out itself what grammars allow, beside the forward pass. Else that must be
   * known when a token was applied.
   */
  default boolean worksOutMasks() {
    return false;
  }

  /**
   * Waits for the oldest step in flight, for a bounded time. It counts as awaited even if this
   * throws.
   *
   * @return a token for each of its states
   * @throws io.penstock.engine.backend.DeviceLostException when the device will not answer any more
   */
  Sampled[] await();

  /**
   * Copies a final hidden state that the step awaited last computed for a sequence to be embedded.
   * To be called before the next launch.
   *
   * @param row place among the plan's wanted states, in the order of its sequences
   * @param destination (width)
   */
  default void readState(int row, float[] destination) {
    throw new UnsupportedOperationException("this runner does not embed");
  }

  /**
   * What given tokens would have been worth behind final hidden states that the step awaited last
   * computed. To be called before the next launch.
   *
   * @param firstRow place of the first state among the plan's wanted states
   * @param tokens one behind each state
   * @param top best alternatives to tell with each
   * @return each token with its log-probability
   */
  default Sampled[] score(int firstRow, int[] tokens, int top) {
    throw new UnsupportedOperationException("this runner does not score prompts");
  }

  /**
   * Whether the only step in flight pauses for {@link #computeAmid}. The answer is never yes
   * without a step in flight.
   */
  default boolean canPause() {
    return false;
  }

  /**
   * Computes a step amid the one in flight, which {@link #canPause}, and waits for it; that one
   * goes on afterwards, also if this fails. No block that either writes may be one that the other
   * uses.
   *
   * @param states of the plan's sampled sequences, in their order; not changed
   * @return a token for each of them
   * @throws io.penstock.engine.backend.DeviceLostException when the device will not answer any more
   */
  default Sampled[] computeAmid(StepPlan plan, List<SamplingState> states) {
    throw new IllegalStateException("no step can be computed amid another");
  }

  /** See {@link io.penstock.engine.backend.DeviceSampler#deviceWaitedNanos}. */
  default long deviceWaitedNanos() {
    return -1;
  }

  /**
   * Drops what is in flight, then computes a token for nobody, to see whether the device still
   * works.
   *
   * @throws RuntimeException when it does not
   */
  void probe();

  /** Ends what is in flight and frees the device's memory. */
  @Override
  void close();
}
