package io.penstock.bench.sched.live;

import io.penstock.bench.Numbers;
import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.sched.live.ArrivalPlan.Arrival;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.GenerateRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Sends requests when they are due, whatever has become of those before, and waits for all of them.
 * Latencies count from the due time, so that a sender that is late hides nothing.
 */
final class OpenLoop {
  private final EngineDriver driver;
  private final int prompt;
  private final int output;
  private final Duration patience;
  private long requests;

  /**
   * @param prompt tokens of each, random and never the same
   * @param output tokens of each
   * @param patience longest wait for one request after the last was sent
   */
  OpenLoop(EngineDriver driver, int prompt, int output, Duration patience) {
    this.driver = driver;
    this.prompt = prompt;
    this.output = output;
    this.patience = patience;
  }

  /**
   * What became of a phase.
   *
   * @param requests all, those before the window included
   * @param windowSeconds length of the window that is measured
   * @param lateMillis how late 99 % of the requests were sent at most
   * @param steps of the engine, until the last request ended
   * @param stepMillis their mean length
   */
  record Phase(
      List<LiveRequest> requests,
      double windowSeconds,
      double lateMillis,
      long steps,
      double stepMillis) {

    /** Several as one. */
    static Phase joined(List<Phase> phases) {
      return new Phase(
          phases.stream().flatMap(phase -> phase.requests.stream()).toList(),
          phases.stream().mapToDouble(Phase::windowSeconds).sum(),
          phases.stream().mapToDouble(Phase::lateMillis).max().orElse(0),
          phases.stream().mapToLong(Phase::steps).sum(),
          phases.stream().mapToDouble(phase -> phase.steps * phase.stepMillis).sum()
              / Math.max(1, phases.stream().mapToLong(Phase::steps).sum()));
    }

    /** Milliseconds to the first tokens of some tenants' requests that were due in the window. */
    double[] firsts(Predicate<LiveRequest> which) {
      return requests.stream()
          .filter(r -> r.counts && !r.refused())
          .filter(which)
          .mapToDouble(LiveRequest::firstMillis)
          .toArray();
    }

    long refused(Predicate<LiveRequest> which) {
      return requests.stream().filter(LiveRequest::refused).filter(which).count();
    }

    long tokens() {
      return requests.stream().mapToLong(LiveRequest::tokens).sum();
    }

    long requested() {
      return requests.stream().mapToLong(LiveRequest::requested).sum();
    }

    boolean whole() {
      return requests.stream().allMatch(LiveRequest::whole);
    }

    /** Output tokens that came in the window. */
    double tokensPerSecond() {
      return requests.stream().mapToLong(LiveRequest::windowTokens).sum() / windowSeconds;
    }
  }

  /** Until all have their answers. */
  Phase run(List<Arrival> arrivals, double warmUp, double window) throws InterruptedException {
    return run(arrivals, warmUp, window, false);
  }

  /**
   * @param arrivals in order
   * @param warmUp seconds until the window that is measured
   * @param window its seconds
   * @param cut whether what has no answer when the window ends is cancelled
   */
  Phase run(List<Arrival> arrivals, double warmUp, double window, boolean cut)
      throws InterruptedException {
    List<LiveRequest> sent = new ArrayList<>();
    double[] late = new double[arrivals.size()];
    EngineMetrics before = driver.engine().metrics();
    long start = System.nanoTime();
    long windowStart = start + (long) (warmUp * 1e9);
    long windowEnd = windowStart + (long) (window * 1e9);
    for (Arrival arrival : arrivals) {
      int[] tokens = driver.randomPrompt(prompt);
      long due = start + arrival.atNanos();
      sleepUntil(due);
      late[sent.size()] = (System.nanoTime() - due) / 1e6;
      LiveRequest request = new LiveRequest(arrival.tenant(), due, output, windowStart, windowEnd);
      sent.add(request);
      driver
          .engine()
          .submit(
              new GenerateRequest(
                  id(sent.size() - 1),
                  "tenant-" + arrival.tenant(),
                  arrival.tier(),
                  0,
                  tokens,
                  EngineDriver.sampling(output, 0)),
              request);
    }
    if (cut) {
      sleepUntil(windowEnd);
      for (int i = 0; i < sent.size(); i++) {
        driver.engine().cancel(id(i));
      }
    }
    for (LiveRequest request : sent) {
      request.await(patience);
    }
    requests += sent.size();
    EngineMetrics after = driver.engine().metrics();
    long steps = after.steps() - before.steps();
    double stepMillis = (after.stepNanos() - before.stepNanos()) / 1e6 / Math.max(1, steps);
    return new Phase(List.copyOf(sent), window, Numbers.percentile(late, 0.99), steps, stepMillis);
  }

  private String id(int request) {
    return "live-" + (requests + request);
  }

  private static void sleepUntil(long due) throws InterruptedException {
    for (long left; (left = due - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }
}
