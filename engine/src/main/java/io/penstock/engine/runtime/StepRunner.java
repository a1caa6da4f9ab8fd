package io.penstock.engine.runtime;

import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.StepPlan;
import java.util.List;

/** Computes steps; for the engine's thread. */
public interface StepRunner extends AutoCloseable {

  /**
   * Computes a plan.
   *
   * @param states of the plan's sampled sequences, in their order; not changed
   * @return a token for each state
   */
  Sampled[] run(StepPlan plan, List<SamplingState> states);

  /**
   * Computes a token for nobody, to see whether the device still works.
   *
   * @throws RuntimeException when it does not
   */
  void probe();

  /** Frees the device's memory. */
  @Override
  void close();
}
