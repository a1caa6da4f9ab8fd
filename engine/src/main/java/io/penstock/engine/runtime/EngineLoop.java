package io.penstock.engine.runtime;

import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.SwapMetrics;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.sched.Offloading;
import io.penstock.engine.sched.Scheduler;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The engine's one thread: it alone touches scheduler, block pool, model and device, so none of
 * them needs a lock. A turn takes what arrived in the {@link Inbox}, then moves the {@link
 * Pipeline} of steps on, or computes what is urgent amid the running one, or waits a little if it
 * is too early for that. Without work and with nothing in flight it parks; whoever puts something
 * into the inbox wakes it.
 *
 * <p><b>The end.</b> Whatever ends the thread, every request known by then gets its terminal event,
 * later ones are rejected, and then the device's memory is freed: in this order, because a device
 * that is lost may never come back from being freed.
 */
final class EngineLoop implements Runnable {
  private static final ServiceTier[] TIERS = ServiceTier.values();

  private final Inbox inbox;
  private final Scheduler scheduler;
  private final Offloading offloading;
  private final Swap swap;
  private final BlockPool pool;
  private final StepRunner runner;
  private final StepMeter meter = new StepMeter();
  private final Requests requests;
  private final Pipeline pipeline;

  private volatile EngineMetrics metrics;

  EngineLoop(
      Inbox inbox,
      SchedulerConfig config,
      BlockPool pool,
      SchedulerContext scheduling,
      Swap swap,
      StepRunner runner,
      ChoiceFactory choiceFactory,
      long blockBytes) {
    ResumeCost resuming = new ResumeCost(scheduling.cost(), swap.secondsPerBlock());
    this.inbox = inbox;
    this.pool = pool;
    this.swap = swap;
    this.offloading = swap.offloading(resuming);
    this.scheduler = new Scheduler(config, pool, scheduling.with(offloading));
    this.runner = runner;
    this.requests = new Requests(inbox, scheduler, choiceFactory, blockBytes);
    this.pipeline = new Pipeline(scheduler, runner, requests, meter, resuming);
    publishMetrics();
  }

  @Override
  public void run() {
    try {
      while (!inbox.isClosing() && turn()) {
        if (!hasWork() && inbox.isIdle()) {
          LockSupport.park(inbox);
        }
      }
    } finally {
      stop();
    }
  }

  /** One turn; false when the engine cannot go on. */
  private boolean turn() {
    requests.takeFromInbox();
    boolean works = true;
    if (hasWork()) {
      long start = System.nanoTime();
      long early;
      if (pipeline.interpose()) {
        works = pipeline.outage() == null;
      } else if ((early = pipeline.nanosUntilPlan()) > 0) {
        meter.busy();
        LockSupport.parkNanos(inbox, early); // or until something comes
        meter.awaited();
      } else {
        works = pipeline.turn();
      }
      meter.turned(System.nanoTime() - start);
    }
    publishMetrics();
    return works;
  }

  private boolean hasWork() {
    return scheduler.hasWork() || !pipeline.isEmpty();
  }

  private void stop() {
    try {
      requests.close(whyItEnds());
    } finally {
      publishMetrics();
      runner.close();
    }
  }

  private String whyItEnds() {
    if (pipeline.outage() != null) {
      return pipeline.outage();
    }
    return inbox.isClosing()
        ? "The engine is shutting down."
        : "The engine's thread ended unexpectedly; its log says why.";
  }

  // ---- what is seen from outside

  EngineMetrics metrics() {
    return metrics;
  }

  /** For how long the device has held up the engine's thread. */
  long busyNanos() {
    return meter.busyNanos();
  }

  private void publishMetrics() {
    metrics =
        new EngineMetrics(
            scheduler.runningSequences(),
            scheduler.waitingSequences(),
            pool.totalBlocks(),
            pool.freeBlocks(),
            meter.promptTokens(),
            meter.generationTokens(),
            meter.steps(),
            meter.stepNanos(),
            meter.deviceWaitNanos(),
            scheduler.preemptions(),
            new SwapMetrics(
                offloading.totalSlots(),
                offloading.freeSlots(),
                offloading.offloadedSequences(),
                offloading.copiedBlocks() * swap.blockBytes()),
            tiers(),
            meter.prefixQueriedTokens(),
            meter.prefixCachedTokens(),
            scheduler.waitsFor(),
            Optional.empty());
  }

  private List<EngineMetrics.TierLoad> tiers() {
    List<EngineMetrics.TierLoad> loads = new ArrayList<>(TIERS.length);
    for (ServiceTier tier : TIERS) {
      loads.add(
          new EngineMetrics.TierLoad(
              scheduler.runningSequences(tier), scheduler.waitingSequences(tier)));
    }
    return loads;
  }
}
