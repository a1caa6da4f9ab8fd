package io.penstock.engine.runtime;

import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateEvent.Rejected.Cause;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.runtime.Choice.End;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.Scheduler;
import io.penstock.engine.sched.SchedulingRequest;
import io.penstock.engine.sched.StepPlan;
import io.penstock.engine.sched.Submission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's one thread: it alone touches scheduler, block pool, model and device, so none of
 * them needs a lock. A turn takes what arrived in the {@link Inbox}, then does one step: plan, run,
 * apply. Without work it parks; whoever puts something into the inbox wakes it.
 *
 * <p><b>Failure.</b> When a step throws, its requests end with {@code ERROR} and a probe decides
 * whether the device still works: if so the others go on. Whatever ends the thread, every request
 * known by then gets its terminal event, later ones are rejected, and the device's memory is freed.
 */
final class EngineLoop implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);

  private final Inbox inbox;
  private final Scheduler scheduler;
  private final BlockPool pool;
  private final StepRunner runner;
  private final ChoiceFactory choiceFactory;
  private final Map<Long, Choice> choices = new HashMap<>();

  private String outage = "The engine's thread ended unexpectedly; its log says why.";
  private long promptTokens;
  private long generationTokens;
  private long steps;
  private long stepNanos;
  private volatile EngineMetrics metrics;

  EngineLoop(
      Inbox inbox,
      Scheduler scheduler,
      BlockPool pool,
      StepRunner runner,
      ChoiceFactory choiceFactory) {
    this.inbox = inbox;
    this.scheduler = scheduler;
    this.pool = pool;
    this.runner = runner;
    this.choiceFactory = choiceFactory;
    publishMetrics();
  }

  @Override
  public void run() {
    try {
      while (!inbox.isClosing() && turn()) {
        if (!scheduler.hasWork() && inbox.isIdle()) {
          LockSupport.park(inbox);
        }
      }
      outage = inbox.isClosing() ? "The engine is shutting down." : outage;
    } finally {
      stop();
    }
  }

  /** One turn; false when the engine cannot go on. */
  private boolean turn() {
    inbox.takeCancelled().forEach(request -> endAll(request, FinishReason.CANCELLED, null));
    for (ActiveRequest arrived = inbox.poll(); arrived != null; arrived = inbox.poll()) {
      admit(arrived);
    }
    boolean works = !scheduler.hasWork() || step();
    publishMetrics();
    return works;
  }

  // ---- one step: plan, run, apply

  private boolean step() {
    long start = System.nanoTime();
    StepPlan plan = scheduler.plan();
    Sampled[] sampled;
    try {
      sampled = runner.run(plan, samplingStates(plan, start));
    } catch (RuntimeException e) {
      return recover(plan, e);
    }
    scheduler.advance(plan);
    apply(plan, sampled);
    steps++;
    stepNanos += System.nanoTime() - start;
    return true;
  }

  private List<SamplingState> samplingStates(StepPlan plan, long nowNanos) {
    List<SamplingState> states = new ArrayList<>();
    for (ScheduledSequence scheduled : plan.sequences()) {
      Choice choice = choices.get(scheduled.sequence());
      choice.started(scheduled, nowNanos);
      if (scheduled.sampled()) {
        states.add(choice.sampling);
      }
    }
    return states;
  }

  private void apply(StepPlan plan, Sampled[] sampled) {
    long now = System.nanoTime();
    int next = 0;
    for (ScheduledSequence scheduled : plan.sequences()) {
      promptTokens +=
          Math.clamp(
              scheduled.promptLength() - scheduled.firstPosition(), 0, scheduled.tokenIds().length);
      if (scheduled.sampled()) {
        generationTokens++;
        apply(choices.get(scheduled.sequence()), sampled[next++], now);
      }
    }
  }

  private void apply(Choice choice, Sampled sampled, long nowNanos) {
    End end;
    try {
      end = choice.accept(sampled, nowNanos);
    } catch (RuntimeException e) {
      log.error("request {}: its output failed", choice.owner.request.id(), e);
      end = End.error("Turning the output into text failed: " + e);
    }
    if (end == null) {
      scheduler.append(choice.sequence, sampled.token());
    } else {
      finish(choice, end);
    }
  }

  private boolean recover(StepPlan plan, RuntimeException failure) {
    log.error("a step of {} sequences failed", plan.sequences().size(), failure);
    for (ScheduledSequence scheduled : plan.sequences()) {
      Choice choice = choices.get(scheduled.sequence());
      if (choice != null) { // or it ended with another choice of its request
        endAll(choice.owner, FinishReason.ERROR, "The engine failed in this step: " + failure);
      }
    }
    try {
      runner.probe();
      return true;
    } catch (RuntimeException e) {
      log.error("the device does not answer any more; the engine stops", e);
      outage = "The device failed: " + e.getMessage();
      return false;
    }
  }

  // ---- requests come and go

  private void admit(ActiveRequest active) {
    GenerateRequest request = active.request;
    List<Choice> created;
    try {
      created = choiceFactory.create(active);
    } catch (RuntimeException e) {
      log.error("request {} cannot be prepared", request.id(), e);
      reject(active, Cause.UNAVAILABLE, "The request could not be prepared: " + e);
      return;
    }
    if (active.cancelled) {
      active.open.addAll(created);
      endAll(active, FinishReason.CANCELLED, null);
      return;
    }
    Submission submission =
        scheduler.submit(
            new SchedulingRequest(
                request.id(),
                request.tenant(),
                request.tier(),
                request.priority(),
                request.promptTokens(),
                request.sampling().maxTokens(),
                request.sampling().n()));
    switch (submission) {
      case Submission.Accepted accepted -> {
        for (int i = 0; i < created.size(); i++) {
          Choice choice = created.get(i);
          choice.sequence = accepted.firstSequence() + i;
          choices.put(choice.sequence, choice);
          active.open.add(choice);
        }
      }
      case Submission.QueueFull full -> reject(active, Cause.QUEUE_FULL, full.message());
      case Submission.TooLong tooLong -> reject(active, Cause.TOO_LONG, tooLong.message());
    }
  }

  private void reject(ActiveRequest active, Cause cause, String message) {
    inbox.forget(active);
    active.emit(new GenerateEvent.Rejected(cause, message));
  }

  private void endAll(ActiveRequest active, FinishReason reason, String error) {
    for (Choice choice : List.copyOf(active.open)) {
      finish(choice, new End(reason, null, error));
    }
  }

  private void finish(Choice choice, End end) {
    choices.remove(choice.sequence);
    scheduler.finish(choice.sequence);
    choice.owner.open.remove(choice);
    if (choice.owner.open.isEmpty()) {
      inbox.forget(choice.owner);
    }
    choice.finish(end, System.nanoTime());
  }

  private void stop() {
    inbox.close(outage);
    try {
      for (Choice choice : List.copyOf(choices.values())) {
        finish(choice, End.error(outage));
      }
      for (ActiveRequest arrived = inbox.poll(); arrived != null; arrived = inbox.poll()) {
        reject(arrived, Cause.UNAVAILABLE, outage);
      }
    } finally {
      publishMetrics();
      runner.close();
    }
  }

  // ---- what is seen from outside

  EngineMetrics metrics() {
    return metrics;
  }

  private void publishMetrics() {
    metrics =
        new EngineMetrics(
            scheduler.runningSequences(),
            scheduler.waitingSequences(),
            pool.totalBlocks(),
            pool.freeBlocks(),
            promptTokens,
            generationTokens,
            steps,
            stepNanos,
            scheduler.preemptions());
  }
}
