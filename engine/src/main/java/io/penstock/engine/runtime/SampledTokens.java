package io.penstock.engine.runtime;

import io.penstock.engine.runtime.Work.End;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sched.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives choices the tokens that steps sampled, and those that a grammar forces behind them. */
final class SampledTokens {
  private static final Logger log = LoggerFactory.getLogger(SampledTokens.class);
  private static final int[] NOT_FORCED = {};

  /**
   * With two steps in flight, the fewest forced tokens that are taken together: a step of several
   * tokens of a sequence is not replayed as a graph, which all of its sequences pay for.
   */
  static final int FEWEST_AHEAD = 4;

  private final Scheduler scheduler;
  private final StepRunner runner;
  private final Requests requests;
  private final StepMeter meter;

  SampledTokens(Scheduler scheduler, StepRunner runner, Requests requests, StepMeter meter) {
    this.scheduler = scheduler;
    this.runner = runner;
    this.requests = requests;
    this.meter = meter;
  }

  /** Gives a choice its next token; ends the choice where it ends with it. */
  void take(Choice choice, Sampled sampled, long nowNanos) {
    if (choice.toldAhead) {
      choice.toldAhead = false;
      return;
    }
    if (!accepts(choice, sampled, nowNanos)) {
      return;
    }
    int[] forced = forced(choice);
    if (forced.length == 0 && !mayGoOn(choice)) {
      return;
    }
    scheduler.resolve(choice.sequence, sampled.token());
    if (forced.length > 0 && jumpAhead(choice, forced, nowNanos)) {
      mayGoOn(choice);
    }
  }

  /** False when the choice ended. */
  private boolean accepts(Choice choice, Sampled sampled, long nowNanos) {
    meter.generated();
    End end;
    try {
      end = choice.accept(sampled, nowNanos, scheduler.usage(choice.sequence).computeNanos());
    } catch (RuntimeException e) {
      log.error("request {}: its output failed", choice.owner.request.id(), e);
      end = End.error("Turning the output into text failed: " + e);
    }
    return goesOn(choice, end);
  }

  /** Finds out what a grammar allows next, unless the runner does; false when the choice ended. */
  private boolean mayGoOn(Choice choice) {
    return runner.worksOutMasks() || goesOn(choice, choice.goingOn());
  }

  private boolean goesOn(Choice choice, End end) {
    if (end != null) {
      requests.finish(choice, end);
    }
    return end == null;
  }

  /** Tokens that a grammar forces, if there are enough of them to be taken without sampling. */
  private int[] forced(Choice choice) {
    try {
      int[] forced = choice.forced();
      return runner.depth() == 1 || forced.length >= FEWEST_AHEAD ? forced : NOT_FORCED;
    } catch (RuntimeException e) { // it is an optimization only
      log.warn("request {}: forced text was not found out", choice.owner.request.id(), e);
      return NOT_FORCED;
    }
  }

  /**
   * Takes tokens that a grammar forces without sampling them; the next step computes them all. A
   * step in flight that computes the token before them already samples in vain: what comes first is
   * known, whatever it says.
   *
   * @return false when the choice ended
   */
  private boolean jumpAhead(Choice choice, int[] forced, long nowNanos) {
    boolean awaits = scheduler.awaitsToken(choice.sequence);
    if (!scheduler.append(choice.sequence, forced)) {
      return true;
    }
    choice.toldAhead = awaits;
    for (int token : forced) {
      if (!accepts(choice, Sampled.certain(token), nowNanos)) {
        return false;
      }
    }
    return true;
  }
}
