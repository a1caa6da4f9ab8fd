package io.penstock.engine.runtime;

import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.SequenceUsage;

/** One sequence of a request on its way: a choice that is generated, or an input to be embedded. */
abstract class Work {
  static final long UNSCHEDULED = -1;
  static final long NEVER = -1;

  final ActiveRequest owner;
  final int index;

  /** Id in the scheduler; {@link #UNSCHEDULED} before it has one. */
  long sequence = UNSCHEDULED;

  /** Whether its terminal event is out, or about to be: steps in flight do not matter to it. */
  boolean ended;

  private int cachedTokens;
  private long startedNanos = NEVER;
  private final ChoiceSteps steps;
  private double computeNanos;
  private double kvByteNanos;

  /** How it ended. */
  record End(FinishReason reason, Object stopReason, String error) {
    static End error(String message) {
      return new End(FinishReason.ERROR, null, message);
    }
  }

  /**
   * @param index of the choice or input
   */
  Work(ActiveRequest owner, int index) {
    this.owner = owner;
    this.index = index;
    this.steps = new ChoiceSteps(step -> owner.note(index, step));
  }

  /** Tokens of its prompt or input. */
  abstract int promptTokens();

  /** Tokens that it has generated so far. */
  abstract int generated();

  /**
   * Notes that a step computes something for it.
   *
   * @param plan number of the step
   * @param meter told of the prompt that begins
   */
  final void started(ScheduledSequence scheduled, long nowNanos, long plan, StepMeter meter) {
    steps.scheduled(scheduled, nowNanos - owner.submittedNanos, plan, generated());
    if (startedNanos == NEVER) {
      startedNanos = nowNanos;
      cachedTokens = scheduled.firstPosition();
      began(cachedTokens, meter);
    }
  }

  /** The first step computes something for it, behind so many cached tokens. */
  abstract void began(int cachedTokens, StepMeter meter);

  /**
   * Takes the hidden states that a step computed for it.
   *
   * @param firstRow of the step's states
   * @param runner which awaited the step just now
   * @return how it ends with them, or null
   */
  abstract End accept(ScheduledSequence scheduled, int firstRow, StepRunner runner);

  /**
   * Notes that a step has computed its part of it.
   *
   * @return how it ends with that, or null
   */
  End computed(ScheduledSequence scheduled) {
    return null;
  }

  /**
   * Notes what it has used, as it ends.
   *
   * @param blockBytes of a block of the KV cache
   */
  final void used(SequenceUsage usage, long blockBytes) {
    computeNanos = usage.computeNanos();
    kvByteNanos = usage.blockNanos() * blockBytes;
  }

  /** Reports the end. */
  abstract void finish(End end, long nowNanos);

  /**
   * @param firstTokenNanos when the first was, or {@link #NEVER}
   */
  final ChoiceStats stats(long firstTokenNanos, long nowNanos) {
    long total = nowNanos - owner.submittedNanos;
    return new ChoiceStats(
        promptTokens(),
        cachedTokens,
        generated(),
        startedNanos == NEVER ? total : startedNanos - owner.submittedNanos,
        firstTokenNanos == NEVER ? 0 : firstTokenNanos - owner.submittedNanos,
        total,
        computeNanos,
        kvByteNanos,
        steps.all());
  }
}
