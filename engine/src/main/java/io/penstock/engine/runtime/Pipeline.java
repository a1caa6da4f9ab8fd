package io.penstock.engine.runtime;

import io.penstock.engine.backend.DeviceLostException;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.runtime.Work.End;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.Scheduler;
import io.penstock.engine.sched.StepPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps on their way: <b>plan</b> and launch, <b>run</b> on the device, <b>apply</b>. As many are
 * in flight as the runner's depth. At depth 2 the host plans step k+1 and launches it while the
 * device runs step k, then awaits k and applies it while the device runs k+1; so the device waits
 * for the host only if the host takes longer than a step.
 *
 * <p>Between launch and await requests may end, by a token of the step before or by cancellation.
 * What a step samples for them is dropped.
 *
 * <p>While one step runs, and before the next is planned, urgent prompts that come may be computed
 * amid it: {@link #interpose}.
 *
 * <p><b>Failure.</b> A failed launch leaves the steps before it as they are: they are awaited and
 * applied, then the requests of the failed one end with {@code ERROR}. A failed await takes the
 * step behind it along, which computed on what the failed one left. Then a probe decides whether
 * the engine can go on with other requests.
 */
final class Pipeline {
  private static final Logger log = LoggerFactory.getLogger(Pipeline.class);

  private final Scheduler scheduler;
  private final StepRunner runner;
  private final Requests requests;
  private final StepMeter meter;
  private final ResumeCost resuming;
  private final SampledTokens tokens;
  private final PlanTiming timing = new PlanTiming();
  private final ArrayDeque<Step> inFlight = new ArrayDeque<>(2);

  private String outage;
  private long lastEndNanos = Long.MIN_VALUE;
  private long plans;

  /** A launched plan. */
  private static final class Step {
    final StepPlan plan;
    final List<Work> work; // of the plan's sequences, in their order
    final long launchedNanos; // when its launch began
    long amidNanos; // what was computed amid it took

    Step(StepPlan plan, List<Work> work, long launchedNanos) {
      this.plan = plan;
      this.work = work;
      this.launchedNanos = launchedNanos;
    }
  }

  Pipeline(
      Scheduler scheduler,
      StepRunner runner,
      Requests requests,
      StepMeter meter,
      ResumeCost resuming) {
    this.scheduler = scheduler;
    this.runner = runner;
    this.requests = requests;
    this.meter = meter;
    this.resuming = resuming;
    this.tokens = new SampledTokens(scheduler, runner, requests, meter);
  }

  boolean isEmpty() {
    return inFlight.isEmpty();
  }

  /** Why the engine cannot go on, once {@link #turn} has said so; null before. */
  String outage() {
    return outage;
  }

  /**
   * How long to wait before the step behind the one on the device is planned: see {@link
   * PlanTiming}. Nothing, unless the cost of steps is known and two may be in flight.
   */
  long nanosUntilPlan() {
    if (inFlight.size() != 1 || runner.depth() == 1) {
      return 0;
    }
    Step running = inFlight.peek();
    long delay = timing.steeredNanos(scheduler.expectedNanos(running.plan));
    return start(running) + delay - System.nanoTime();
  }

  /** When the device turned to a step, later by what it was paused for. */
  private long start(Step step) {
    return Math.max(step.launchedNanos, lastEndNanos) + step.amidNanos;
  }

  /**
   * Computes urgent prompts that came amid the running step, if it pauses and they would wait for
   * long. They are applied then, and go on in the next step.
   *
   * @return whether there were any; {@link #outage} tells if the engine cannot go on
   */
  boolean interpose() {
    if (inFlight.size() != 1 || !runner.canPause()) {
      return false;
    }
    Step running = inFlight.peek();
    double expected = scheduler.expectedNanos(running.plan);
    long begun = System.nanoTime();
    StepPlan plan =
        scheduler.planAmid(
            running.plan, start(running) + expected - begun, running.amidNanos + expected);
    requests.rejectDisplaced();
    requests.finishStopped();
    if (plan.isEmpty()) {
      return false;
    }
    Step step = new Step(plan, work(plan, begun), begun);
    Sampled[] sampled;
    try {
      meter.busy();
      sampled = runner.computeAmid(plan, states(step));
    } catch (RuntimeException e) {
      failedAmid(step, e);
      return true;
    } finally {
      meter.awaited();
    }
    long nanos = System.nanoTime() - begun;
    running.amidNanos += nanos;
    scheduler.launched(plan);
    StepEvent.record(plan, nanos, true);
    scheduler.measured(plan, nanos, true);
    apply(step, sampled);
    return true;
  }

  /**
   * Launches a step if there is work; then applies the oldest one, unless another may be launched
   * before that.
   *
   * @return false when the engine cannot go on
   */
  boolean turn() {
    long begun = System.nanoTime();
    StepPlan plan = scheduler.plan();
    requests.rejectDisplaced();
    requests.finishStopped();
    if (!plan.isEmpty()) {
      long now = System.nanoTime();
      Step step = new Step(plan, work(plan, now), now);
      try {
        meter.busy();
        runner.launch(plan, states(step));
      } catch (RuntimeException e) {
        return recoverFromLaunch(step, e);
      } finally {
        meter.idle();
      }
      scheduler.launched(plan);
      inFlight.add(step);
      timing.launched(now - begun, System.nanoTime() - now);
    }
    boolean mayLaunchAnother = !plan.isEmpty() && inFlight.size() < runner.depth();
    return mayLaunchAnother || inFlight.isEmpty() || awaitOldest();
  }

  private List<Work> work(StepPlan plan, long now) {
    List<Work> work = new ArrayList<>(plan.sequences().size());
    plans++;
    for (ScheduledSequence scheduled : plan.sequences()) {
      Work one = requests.work(scheduled.sequence());
      one.started(scheduled, now, plans, meter);
      work.add(one);
    }
    return work;
  }

  private static List<SamplingState> states(Step step) {
    List<SamplingState> states = new ArrayList<>(step.work.size());
    for (int i = 0; i < step.work.size(); i++) {
      if (step.plan.sequences().get(i).sampled()) {
        states.add(((Choice) step.work.get(i)).sampling);
      }
    }
    return states;
  }

  private boolean awaitOldest() {
    Step step = inFlight.remove();
    long asked = System.nanoTime();
    long deviceWaited = runner.deviceWaitedNanos();
    Sampled[] sampled;
    try {
      sampled = await();
    } catch (RuntimeException e) {
      inFlight.addFirst(step);
      return recover(e);
    }
    long waited = System.nanoTime() - asked;
    deviceWaited = deviceWaited < 0 ? -1 : runner.deviceWaitedNanos() - deviceWaited;
    timing.awaited(waited, deviceWaited);
    measure(step, waited, deviceWaited);
    apply(step, sampled);
    return goOnWithLaunched();
  }

  private boolean goOnWithLaunched() {
    try {
      meter.busy();
      runner.tokensApplied();
      return true;
    } catch (RuntimeException e) {
      return recover(e);
    } finally {
      meter.idle();
    }
  }

  /** The device turned to this step when it was launched, or when the step before had ended. */
  private void measure(Step step, long waited, long deviceWaited) {
    long start = start(step);
    double expected = scheduler.expectedNanos(step.plan);
    long end = System.nanoTime();
    if (runner.depth() > 1 && PlanTiming.endedBefore(waited) && expected > 0) {
      end = Math.min(end, start + (long) expected); // else errors would add up from step to step
    }
    long nanos = end - start;
    boolean paused = step.amidNanos > 0;
    StepEvent.record(step.plan, nanos, expected, waited, Math.max(0, deviceWaited), paused);
    scheduler.measured(step.plan, nanos, paused);
    resuming.stepTook(nanos);
    lastEndNanos = end;
  }

  private Sampled[] await() {
    meter.busy();
    try {
      return runner.await();
    } finally {
      meter.awaited();
    }
  }

  // ---- apply

  private void apply(Step step, Sampled[] sampled) {
    long now = System.nanoTime();
    int row = 0;
    int stateRow = 0;
    for (int i = 0; i < step.work.size(); i++) {
      ScheduledSequence scheduled = step.plan.sequences().get(i);
      meter.prompt(
          Math.clamp(
              scheduled.promptLength() - scheduled.firstPosition(),
              0,
              scheduled.tokenIds().length));
      Work work = step.work.get(i);
      if ((scheduled.pooling() != null || scheduled.scored() > 0) && !work.ended) {
        apply(work, scheduled, stateRow);
      }
      stateRow += scheduled.states();
      if (scheduled.sampled()) {
        Sampled token = sampled[row++];
        if (!work.ended) {
          tokens.take((Choice) work, token, now);
        }
      }
      End end = work.ended ? null : work.computed(scheduled);
      if (end != null) {
        requests.finish(work, end);
      }
    }
    meter.applied();
  }

  /** Gives hidden states to what asked for them. */
  private void apply(Work work, ScheduledSequence scheduled, int firstRow) {
    End end;
    try {
      end = work.accept(scheduled, firstRow, runner);
    } catch (RuntimeException e) {
      log.error("request {}: its hidden states were lost", work.owner.request.id(), e);
      end = End.error("Taking the hidden states failed: " + e);
    }
    if (end != null) {
      requests.finish(work, end);
    }
  }

  // ---- failure

  private boolean recoverFromLaunch(Step failed, RuntimeException failure) {
    RuntimeException cause = failure;
    while (!inFlight.isEmpty() && cause == failure) {
      Step before = inFlight.remove();
      try {
        apply(before, await());
      } catch (RuntimeException e) {
        cause = e;
        inFlight.addFirst(before);
      }
    }
    inFlight.add(failed);
    return recover(cause);
  }

  /** The step that it should have been computed amid goes on, unless the device is lost. */
  private void failedAmid(Step failed, RuntimeException failure) {
    if (failure instanceof DeviceLostException) {
      inFlight.add(failed);
      recover(failure);
    } else {
      log.error("a step amid another failed", failure);
      end(failed, failure);
    }
  }

  /** Ends the requests of all steps in flight and sees whether others can go on. */
  private boolean recover(RuntimeException failure) {
    log.error("{} step(s) in flight failed", inFlight.size(), failure);
    while (!inFlight.isEmpty()) {
      Step step = inFlight.remove();
      scheduler.failed(step.plan);
      end(step, failure);
    }
    return probe(failure);
  }

  private void end(Step step, RuntimeException failure) {
    for (Work choice : step.work) {
      if (!choice.ended) { // or it ended with another choice of its request
        requests.endAll(
            choice.owner, FinishReason.ERROR, "The engine failed in this step: " + failure);
      }
    }
  }

  private boolean probe(RuntimeException failure) {
    if (failure instanceof DeviceLostException) { // to ask it again would fail, or hang
      return lost(failure);
    }
    try {
      meter.busy();
      runner.probe();
      return true;
    } catch (RuntimeException e) {
      return lost(e);
    } finally {
      meter.idle();
    }
  }

  private boolean lost(RuntimeException e) {
    log.error("the device does not answer any more; the engine stops", e);
    outage = "The device failed: " + e.getMessage();
    return false;
  }
}
