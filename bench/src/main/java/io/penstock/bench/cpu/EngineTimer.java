package io.penstock.bench.cpu;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Times an engine through its public door, as a server would drive it. */
final class EngineTimer {
  private static final int DECODE_PROMPT = 16;
  private static final long PATIENCE_SECONDS = 120;

  private final InferenceEngine engine;
  private final SplittableRandom random = new SplittableRandom(42);
  private int requests;

  EngineTimer(InferenceEngine engine) {
    this.engine = engine;
  }

  /**
   * Tokens per second of {@code batch} sequences that decode together: counted only while all of
   * them do, so neither prefill nor the ragged end is in it.
   */
  double decode(int batch, int tokens) throws InterruptedException {
    List<Timeline> timelines =
        IntStream.range(0, batch).mapToObj(_ -> submit(DECODE_PROMPT, tokens)).toList();
    for (Timeline timeline : timelines) {
      timeline.await();
    }
    long start = timelines.stream().mapToLong(t -> t.at(0)).max().orElseThrow();
    long end = timelines.stream().mapToLong(t -> t.at(tokens - 1)).min().orElseThrow();
    long counted = timelines.stream().mapToLong(t -> t.within(start, end)).sum();
    return counted * 1e9 / (end - start);
  }

  /** Prompt tokens per second, from submission to the first token. */
  double prefill(int promptTokens) throws InterruptedException {
    Timeline timeline = submit(promptTokens, 1);
    timeline.await();
    return promptTokens * 1e9 / (timeline.at(0) - timeline.submitted);
  }

  private Timeline submit(int promptTokens, int maxTokens) {
    // Low ids are control tokens; a random prompt also keeps any prefix cache out of the figures.
    int[] prompt = random.ints(promptTokens, 100, engine.model().vocabSize()).toArray();
    Timeline timeline = new Timeline(maxTokens);
    engine.submit(
        new GenerateRequest(
            "bench-" + requests++, "bench", ServiceTier.DEFAULT, 0, prompt, sampling(maxTokens)),
        timeline::onEvent);
    return timeline;
  }

  /** Greedy, exactly {@code maxTokens}. */
  private static SamplingParams sampling(int maxTokens) {
    return new SamplingParams(
        0, 1, 0, 0, 1, 0, 0, Map.of(), 0L, maxTokens, 0, List.of(), List.of(), true, 1, false, 0,
        true, false);
  }

  /** When each token of one request arrived. */
  private static final class Timeline {
    private final long submitted = System.nanoTime();
    private final long[] times;
    private final CountDownLatch done = new CountDownLatch(1);
    private int count;
    private String failure;

    Timeline(int maxTokens) {
      times = new long[maxTokens];
    }

    void onEvent(GenerateEvent event) {
      switch (event) {
        case GenerateEvent.Token _ -> times[count++] = System.nanoTime();
        case GenerateEvent.Finished finished -> {
          failure = finished.error();
          done.countDown();
        }
        case GenerateEvent.Rejected rejected -> {
          failure = rejected.message();
          done.countDown();
        }
      }
    }

    void await() throws InterruptedException {
      if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("no end after " + PATIENCE_SECONDS + " s");
      }
      if (failure != null || count != times.length) {
        throw new IllegalStateException(
            "%d of %d tokens: %s".formatted(count, times.length, failure));
      }
    }

    long at(int token) {
      return times[token];
    }

    long within(long after, long until) {
      long n = 0;
      for (long time : times) {
        if (time > after && time <= until) {
          n++;
        }
      }
      return n;
    }
  }
}
