package io.penstock.engine.runtime;

import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.LearntStepCost;
import io.penstock.engine.sched.Offloading;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.StepPlan;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Time that the engine's thread takes for a step of so many streams, all but the device: plan,
 * batch layout, sampling rows, text and events. Run it by hand in {@code engine}, with the test
 * classpath.
 */
final class HostTimeBench {
  private static final int LENGTH = 1500;

  public static void main(String[] args) {
    Path model = Path.of("../models/SmolLM2-135M-Instruct.Q4_1.gguf");
    try (Checkpoint checkpoint = Checkpoints.open(model)) {
      ModelText text = ModelText.of(checkpoint.tokenizer());
      for (int streams : new int[] {64, 64, 256, 512, 1024}) {
        measure(text, streams);
      }
    }
  }

  private static void measure(ModelText text, int streams) {
    Instantly device = new Instantly();
    BlockPool pool = new BlockPool(256 * 1024, 16);
    try (Engine engine =
        Engine.start(
            new ModelInfo("m", "M", "F32", 0, 0, 4096, 49152, "none", Instant.EPOCH, Map.of()),
            text,
            text::stream,
            Set.of(),
            new SchedulerConfig(streams, 2048 + streams, streams, 4096),
            pool,
            new SchedulerContext(
                System::nanoTime,
                new LearntStepCost(),
                TenantBudget.UNLIMITED,
                new PrefixCache(pool, 1),
                Offloading.none()),
            1,
            Swap.NONE,
            device,
            DeviceWatch.NONE)) {
      List<Recorder> recorders = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        Recorder recorder = new Recorder(1);
        recorders.add(recorder);
        engine.submit(
            new GenerateRequest(
                "r" + i, "t", ServiceTier.DEFAULT, 0, new int[100], SamplingParams.greedy(LENGTH)),
            recorder);
      }
      EngineMetrics before = engine.metrics();
      while (before.steps() < LENGTH / 2) {
        Thread.yield();
        before = engine.metrics();
      }
      recorders.forEach(Recorder::await);
      EngineMetrics after = engine.metrics();
      long steps = after.steps() - before.steps();
      System.out.printf(
          "%5d streams: %5d us of host a step%n",
          streams, (after.hostNanos() - before.hostNanos()) / steps / 1000);
    }
  }

  /** A device that takes no time and says anything. */
  private static final class Instantly implements StepRunner {
    private final Random random = new Random(1);
    private final Deque<Sampled[]> inFlight = new ArrayDeque<>();

    @Override
    public int depth() {
      return 2;
    }

    @Override
    public void launch(StepPlan plan, List<SamplingState> states) {
      BatchLayouts.of(plan, false);
      OverlappedRunner.rows(plan, states);
      Sampled[] sampled = new Sampled[states.size()];
      for (int i = 0; i < sampled.length; i++) {
        sampled[i] = new Sampled(random.nextInt(49152), Double.NaN, new int[0], new double[0]);
      }
      inFlight.add(sampled);
    }

    @Override
    public Sampled[] await() {
      return inFlight.remove();
    }

    @Override
    public void probe() {}

    @Override
    public void close() {}
  }
}
