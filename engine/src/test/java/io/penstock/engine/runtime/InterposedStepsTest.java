package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.backend.cpu.CpuBackend;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.sched.StepCost;
import io.penstock.engine.sched.StepShape;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Urgent prompts that are computed amid other steps, and those others, give the tokens that each
 * request gives alone, bit for bit; blocks are few, so that they change hands all the time.
 */
class InterposedStepsTest {
  private static final int BLOCK = 16;
  private static final int BLOCKS = 40;
  private static final int MAX_TOKENS = 32;
  private static final int SEQUENCES = 10;
  private static final int AT_ONCE = 6;
  private static final int REQUESTS = 90;

  /** Each step seems to take so long that who is urgent should not wait for it. */
  private static final StepCost COST =
      new StepCost() {
        @Override
        public boolean known() {
          return true;
        }

        @Override
        public double nanos(StepShape shape) {
          return 30e6;
        }

        @Override
        public int promptTokensWithin(double nanos, int before) {
          return Integer.MAX_VALUE;
        }

        @Override
        public void measured(StepShape shape, long nanos) {}
      };

  private final ModelUnderTest model = new ModelUnderTest();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void givesWhatEachRequestGivesAlone(long seed) {
    List<GenerateRequest> requests = requests(seed);
    List<List<Object>> together;
    int interposed;
    try (Started started = model.start(seed, 24)) {
      together = new Storm(started.engine, requests).outcomes();
      interposed = started.steps.computed;
    }
    List<List<Object>> alone = new ArrayList<>();
    try (Started started = model.start(seed, 0)) {
      for (GenerateRequest request : requests) {
        Recorder recorder = new Recorder(request.sampling().n());
        started.engine.submit(request, recorder);
        alone.add(outcome(recorder.await()));
      }
    }
    assertThat(interposed).isGreaterThan(8);
    assertThat(together).isEqualTo(alone);
  }

  /**
   * A few requests at a time; each of the others comes when one ahead of it ends: on the engine's
   * thread, with a step in flight, so that it does not depend on time who is computed amid which
   * step.
   */
  private static final class Storm {
    private final Engine engine;
    private final List<GenerateRequest> requests;
    private final List<Recorder> recorders = new ArrayList<>();
    private int next;

    Storm(Engine engine, List<GenerateRequest> requests) {
      this.engine = engine;
      this.requests = requests;
      requests.forEach(request -> recorders.add(new Recorder(request.sampling().n())));
    }

    List<List<Object>> outcomes() {
      for (int i = 0; i < AT_ONCE; i++) {
        submitNext();
      }
      return recorders.stream().map(recorder -> outcome(recorder.await())).toList();
    }

    private void submitNext() {
      if (next < requests.size()) {
        Recorder recorder = recorders.get(next);
        engine.submit(
            requests.get(next++),
            event -> {
              recorder.onEvent(event);
              if (event instanceof GenerateEvent.Finished finished && finished.choice() == 0) {
                submitNext();
              }
            });
      }
    }
  }

  @Test
  void aFailureEndsItsOwnRequestsOnly() {
    try (Started started = model.start(5, 24)) {
      started.steps.failNext = new IllegalStateException("for the test");
      Recorder urgent = new Recorder(1);
      Recorder stream = new Recorder(1);
      started.engine.submit(
          request(0, ServiceTier.DEFAULT, 20, 40),
          event -> {
            stream.onEvent(event);
            if (stream.events().size() == 20) {
              started.engine.submit(request(2, ServiceTier.PRIORITY, 9, 2), urgent);
            }
          });
      assertThat(finished(urgent.await()).reason()).isEqualTo(FinishReason.ERROR);
      assertThat(finished(urgent).error()).contains("for the test");
      assertThat(finished(stream.await()).reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(started.engine.state().ready()).isTrue();
      Recorder after = new Recorder(1);
      started.engine.submit(request(4, ServiceTier.PRIORITY, 9, 2), after);
      assertThat(finished(after.await()).reason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  private static GenerateEvent.Finished finished(Recorder recorder) {
    return (GenerateEvent.Finished) recorder.events().getLast();
  }

  private static List<Object> outcome(Recorder recorder) {
    List<Object> outcome = new ArrayList<>();
    for (int choice = 0; choice < 2; choice++) {
      for (GenerateEvent event : recorder.events()) {
        if (event instanceof GenerateEvent.Token t && t.choice() == choice) {
          outcome.add(t.token());
        } else if (event instanceof GenerateEvent.Finished f && f.choice() == choice) {
          outcome.add(f.reason());
        }
      }
    }
    return outcome;
  }

  private static List<GenerateRequest> requests(long seed) {
    Random random = new Random(seed);
    List<GenerateRequest> requests = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      boolean urgent = i % 4 == 1;
      requests.add(
          request(
              i,
              urgent ? ServiceTier.PRIORITY : ServiceTier.DEFAULT,
              1 + random.nextInt(urgent ? 24 : 70),
              1 + random.nextInt(urgent ? 4 : 30)));
    }
    return requests;
  }

  private static GenerateRequest request(int i, ServiceTier tier, int prompt, int output) {
    int[] tokens = new Random(i % 5).ints(prompt, 0, 500).toArray(); // some begin alike
    return new GenerateRequest(
        "r" + i, "tenant" + i % 3, tier, 0, tokens, ModelUnderTest.sampling(i, output));
  }

  /** An engine on a device that pauses. */
  private record Started(Engine engine, PausingSteps steps) implements AutoCloseable {
    @Override
    public void close() {
      engine.close();
    }
  }

  private static final class ModelUnderTest {
    static SamplingParams sampling(int i, int output) {
      return new SamplingParams(
          i % 3 == 0 ? 0 : 1.2,
          0.95,
          50,
          0,
          1,
          0,
          0,
          Map.of(),
          (long) i,
          output,
          0,
          List.of(),
          List.of(),
          true,
          1 + i % 2,
          false,
          0,
          true,
          false);
    }

    Started start(long seed, int interposedTokens) {
      Backend cpu = CpuBackend.create(1);
      try (Checkpoint checkpoint =
          Checkpoints.open(Path.of("src/test/fixtures/tiny", "llama-gqa"))) {
        ModelConfig config = checkpoint.config();
        SamplingDevice device = new SamplingDevice(cpu, config.vocabSize());
        PausingSteps steps =
            new PausingSteps(device, new SamplingDevice(cpu, config.vocabSize()), new Random(seed));
        Backend backend = device.backend();
        TransformerWeights weights = TransformerWeights.load(backend, checkpoint, _ -> {});
        Transformer transformer = new Transformer(config, weights, backend, MAX_TOKENS, SEQUENCES);
        Optional<Interposer> interposer =
            Interposer.of(config, weights, backend, interposedTokens, SEQUENCES);
        KvCache cache =
            backend.allocateKvCache(
                new KvCacheSpec(
                    config.numLayers(), config.numKvHeads(), config.headDim(), BLOCK, BLOCKS + 1));
        ModelStepRunner runner =
            ModelStepRunner.of(
                backend, transformer, cache, SwapSpace.NONE, config.vocabSize(), interposer);
        return new Started(engine(config, runner, interposedTokens), steps);
      }
    }

    private static Engine engine(ModelConfig config, ModelStepRunner runner, int interposed) {
      BlockPool pool = new BlockPool(BLOCKS, BLOCK);
      return Engine.start(
          new ModelInfo(
              "m", "M", "F32", 0, 0, 256, config.vocabSize(), "cpu", Instant.EPOCH, Map.of()),
          null,
          (_, _) -> new SilentText(),
          Set.of(),
          new SchedulerConfig(
              SEQUENCES, MAX_TOKENS, MAX_TOKENS, interposed, 0, 64, 256, SchedulingPolicy.FAIR),
          pool,
          new SchedulerContext(
              System::nanoTime,
              COST,
              SchedulerContext.NONE.budget(),
              new PrefixCache(pool, 9),
              SchedulerContext.NONE.offloading()),
          1,
          Swap.NONE,
          runner,
          DeviceWatch.NONE);
    }
  }
}
