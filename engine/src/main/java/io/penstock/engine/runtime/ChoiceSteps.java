package io.penstock.engine.runtime;

import io.penstock.engine.client.ChoiceStep;
import io.penstock.engine.client.ChoiceStep.Kind;
import io.penstock.engine.sched.ScheduledSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Notes chunks of a choice's prompt and its pauses as the steps are planned. A choice that
 * generates takes part in every step; one that misses some has left the batch. Bounded: what comes
 * after the first {@value #MOST} is not noted.
 */
final class ChoiceSteps {
  private static final int MOST = 64;
  private static final long NONE = -1;

  private final List<ChoiceStep> steps = new ArrayList<>(4);
  private final Consumer<ChoiceStep> watcher;
  private long lastPlan = NONE;
  private long lastNanos;

  /**
   * @param watcher told of each as it is noted
   */
  ChoiceSteps(Consumer<ChoiceStep> watcher) {
    this.watcher = watcher;
  }

  /**
   * A step computes something for the choice.
   *
   * @param atNanos since its submission
   * @param plan number of the step
   * @param generated tokens so far
   */
  void scheduled(ScheduledSequence scheduled, long atNanos, long plan, int generated) {
    if (lastPlan != NONE && plan - lastPlan > 1 && generated > 0) {
      add(Kind.PAUSED, lastNanos, generated);
      add(Kind.RESUMED, atNanos, generated);
    }
    lastPlan = plan;
    lastNanos = atNanos;
    int ofPrompt =
        Math.min(scheduled.contextLength(), scheduled.promptLength()) - scheduled.firstPosition();
    if (ofPrompt > 0 && generated == 0) {
      add(Kind.PREFILL, atNanos, ofPrompt);
    }
  }

  private void add(Kind kind, long atNanos, int tokens) {
    if (steps.size() < MOST) {
      ChoiceStep step = new ChoiceStep(kind, atNanos, tokens);
      steps.add(step);
      watcher.accept(step);
    }
  }

  List<ChoiceStep> all() {
    return List.copyOf(steps);
  }
}
