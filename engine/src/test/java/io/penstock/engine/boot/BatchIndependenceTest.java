package io.penstock.engine.boot;

import static io.penstock.engine.boot.LoadedModel.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.SwapMetrics;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.runtime.Recorder;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A request's tokens and log-probabilities depend on the request alone: not on the batch, on
 * chunks, on the number of threads, on preemption, or on being one of several choices. Bit for bit.
 */
class BatchIndependenceTest {
  private static final int MAX_TOKENS = 24;

  private static InferenceEngine engine(
      String model, int threads, int maxSeqs, int maxTokens, int kvBlocks) {
    return engine(model, threads, maxSeqs, maxTokens, kvBlocks, 0);
  }

  private static InferenceEngine engine(
      String model, int threads, int maxSeqs, int maxTokens, int kvBlocks, long swapBytes) {
    Path path = FIXTURES.resolve("tiny").resolve(model);
    long cacheBytes = 0;
    if (kvBlocks > 0) {
      try (Checkpoint checkpoint = Checkpoints.open(path)) {
        cacheBytes = kvBlocks * 16L * Float.BYTES * checkpoint.config().kvElementsPerToken();
      }
    }
    return EngineFactory.load(
        new EngineOptions(
            model,
            path,
            BackendChoice.CPU,
            threads,
            0,
            cacheBytes,
            swapBytes,
            maxSeqs,
            maxTokens,
            64,
            0,
            0.9),
        LoadProgress.NONE);
  }

  private static GenerateRequest request(String id, int length, Long seed, int n) {
    return request(id, length, MAX_TOKENS, seed, n);
  }

  private static GenerateRequest request(String id, int length, int maxTokens, Long seed, int n) {
    SamplingParams sampling =
        new SamplingParams(
            0.9,
            0.95,
            50,
            0.01,
            1.1,
            0.2,
            0.1,
            Map.of(7, 1.5f),
            seed,
            MAX_TOKENS,
            0,
            List.of(),
            List.of(),
            true,
            n,
            true,
            3,
            true,
            false);
    int[] prompt = new Random(length).ints(length, 0, 500).toArray();
    return new GenerateRequest(id, "tenant", ServiceTier.DEFAULT, 0, prompt, sampling);
  }

  private static Recorder run(InferenceEngine engine, GenerateRequest request) {
    Recorder recorder = new Recorder(request.sampling().n());
    engine.submit(request, recorder);
    return recorder;
  }

  /** Ids and log-probabilities of a choice. */
  private static List<Object> outcome(Recorder recorder, int choice) {
    List<Object> outcome = new ArrayList<>();
    for (GenerateEvent event : recorder.events()) {
      if (event instanceof GenerateEvent.Token t && t.choice() == choice) {
        outcome.add(t.token());
      }
    }
    assertThat(outcome).hasSize(recorder.finished(choice).stats().completionTokens()).isNotEmpty();
    return outcome;
  }

  private static List<Object> alone(String model, GenerateRequest request) {
    try (InferenceEngine engine = engine(model, 1, 1, 512, 0)) {
      return outcome(run(engine, request).await(), 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa", "mistral-swa", "llama-dynamic", "qwen3"})
  void sameSeedSameTokensWhateverElseIsInTheBatch(String model) {
    GenerateRequest request = request("watched", 70, 1234L, 1);
    List<Object> expected = alone(model, request);
    for (int batch = 0; batch < 3; batch++) {
      Random random = new Random(batch);
      int maxTokens = 8 + random.nextInt(60);
      try (InferenceEngine engine = engine(model, 1 + random.nextInt(3), 8, maxTokens, 0)) {
        List<Recorder> others = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          if (i == 2 * batch) {
            others.add(run(engine, request));
          }
          others.add(run(engine, request("other" + i, 1 + random.nextInt(90), null, 1)));
        }
        others.forEach(Recorder::await);
        assertThat(outcome(others.get(2 * batch), 0)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"llama-gqa, 0", "llama-dynamic, 0", "llama-gqa, 16", "mistral-swa, 16"})
  void preemptionChangesNoToken(String model, int swapMebibytes) {
    List<GenerateRequest> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      requests.add(request("r" + i, 14 + 3 * i, 60, (long) i, 1));
    }
    List<List<Object>> expected = requests.stream().map(r -> alone(model, r)).toList();
    // All six begin, as requests before them ended early, but only three can end at the same time;
    // llama-dynamic meanwhile passes its 64 trained positions. Submitted on the engine's thread,
    // they arrive together.
    try (InferenceEngine engine = engine(model, 2, 6, 64, 18, (long) swapMebibytes << 20)) {
      for (int i = 0; i < 50; i++) {
        endEarly(engine, request("early" + i, 1, 1L, 1));
      }
      List<Recorder> recorders = requests.stream().map(_ -> new Recorder(1)).toList();
      engine.submit(
          request("starter", 1, 1, 0L, 1),
          event -> {
            if (event instanceof GenerateEvent.Finished) {
              for (int i = 0; i < requests.size(); i++) {
                engine.submit(requests.get(i), recorders.get(i));
              }
            }
          });
      recorders.forEach(Recorder::await);
      for (int i = 0; i < requests.size(); i++) {
        assertThat(outcome(recorders.get(i), 0)).isEqualTo(expected.get(i));
      }
      awaitFreeBlocks(engine);
      assertThat(engine.metrics().preemptions()).isPositive();
      SwapMetrics swap = engine.metrics().swap();
      assertThat(swap.offloads() > 0).isEqualTo(swapMebibytes > 0);
      assertThat(swap.blocksTotal() > 0).isEqualTo(swapMebibytes > 0);
      assertThat(swap.blocksFree()).isEqualTo(swap.blocksTotal());
    }
  }

  @Test
  void choicesAreWhatTheyWouldBeWithoutSharing() {
    // 16 tokens and one block: nothing to share. 40 tokens: two blocks shared.
    for (int length : new int[] {16, 40}) {
      Recorder together;
      try (InferenceEngine engine = engine("llama-gqa", 2, 8, 64, 0)) {
        together = run(engine, request("n3", length, 77L, 3)).await();
      }
      assertThat(together.finished(1).stats().cachedTokens()).isEqualTo(length == 40 ? 32 : 0);
      // One choice at a time, each computing the whole prompt or its tail in other chunks.
      Recorder apart;
      try (InferenceEngine engine = engine("llama-gqa", 1, 1, 7, 0)) {
        apart = run(engine, request("n3", length, 77L, 3)).await();
      }
      for (int choice = 0; choice < 3; choice++) {
        assertThat(outcome(together, choice)).isEqualTo(outcome(apart, choice));
      }
      assertThat(outcome(together, 0))
          .isNotEqualTo(outcome(together, 1))
          .isEqualTo(alone("llama-gqa", request("first", length, 77L, 1)));
    }
  }

  /** Cancels a request with its first token. */
  private static void endEarly(InferenceEngine engine, GenerateRequest request) {
    Recorder recorder = new Recorder(1);
    engine.submit(
        request,
        event -> {
          recorder.onEvent(event);
          engine.cancel(request.id());
        });
    recorder.await();
  }

  @Test
  void cancellingFreesTheBlocks() {
    try (InferenceEngine engine = engine("llama-gqa", 2, 4, 64, 0)) {
      Recorder recorder = new Recorder(1);
      GenerateListener cancelling =
          event -> {
            recorder.onEvent(event);
            engine.cancel("a");
          };
      engine.submit(request("a", 50, 1L, 1), cancelling);
      recorder.await();
      assertThat(recorder.tokens(0)).hasSize(1);
      awaitFreeBlocks(engine);
    }
  }

  /** Metrics follow the events of their step. */
  private static void awaitFreeBlocks(InferenceEngine engine) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (engine.metrics().kvBlocksFree() < engine.metrics().kvBlocksTotal()) {
      assertThat(System.nanoTime()).as("blocks are freed").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
