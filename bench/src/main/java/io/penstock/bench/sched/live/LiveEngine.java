package io.penstock.bench.sched.live;

import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.engine.Timeline;
import io.penstock.bench.sched.live.OpenLoop.Phase;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.boot.SchedulingOptions.Policy;
import io.penstock.engine.client.InferenceEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An engine with one policy, and what was measured of it. */
final class LiveEngine implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int WARM = 32; // requests at once

  final Policy policy;
  final List<Phase> alone = new ArrayList<>();
  final List<Phase> beside = new ArrayList<>();
  private final LiveSettings settings;
  private final InferenceEngine engine;
  private final EngineDriver driver;
  private final OpenLoop loop;

  LiveEngine(LiveSettings settings, Policy policy, long seed) throws IOException {
    this.policy = policy;
    this.settings = settings;
    this.engine = EngineFactory.load(settings.engine(policy), LoadProgress.NONE);
    this.driver = new EngineDriver(engine, PATIENCE, seed);
    this.loop = new OpenLoop(driver, settings.prompt(), settings.output(), PATIENCE);
  }

  String backend() {
    return engine.model().backend();
  }

  /** Compiles, records, learns. */
  void warm() throws InterruptedException {
    driver.together(WARM, settings.prompt(), settings.output());
    if (settings.cuda() && settings.steps() != null) { // so that large batches are in it, too
      driver.together(settings.mostSequences(), settings.prompt(), settings.output());
    }
  }

  /** Requests a second of so many at once. */
  double capacity(int requests) throws InterruptedException {
    List<Timeline> timelines = driver.together(requests, settings.prompt(), settings.output());
    long start = timelines.stream().mapToLong(Timeline::submitted).min().orElseThrow();
    long end = timelines.stream().mapToLong(Timeline::last).max().orElseThrow();
    return requests * 1e9 / (end - start);
  }

  /**
   * Sends for a window what tenants send.
   *
   * @param rate requests a second of all tenants
   * @param more those that tenant 0 sends besides; 0 for a window without
   */
  void window(long seed, int tenants, double rate, double more) throws InterruptedException {
    double seconds = settings.warmUp() + settings.window();
    Phase phase =
        loop.run(
            ArrivalPlan.of(seed, tenants, rate, more, seconds),
            settings.warmUp(),
            settings.window());
    (more > 0 ? beside : alone).add(phase);
  }

  /**
   * Sends for a window what tenants of several tiers send, and cancels what has no answer then.
   *
   * @param rates requests a second by tier
   */
  Phase tiers(long seed, int tenants, double[] rates, double warmUp) throws InterruptedException {
    double seconds = warmUp + settings.window();
    return loop.run(
        ArrivalPlan.ofTiers(seed, tenants, rates, seconds), warmUp, settings.window(), true);
  }

  @Override
  public void close() {
    engine.close();
  }
}
