package io.penstock.bench.cpu;

import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.engine.Timeline;
import io.penstock.engine.client.InferenceEngine;
import java.time.Duration;
import java.util.List;

/** Rates of an engine. */
final class EngineTimer {
  private static final int DECODE_PROMPT = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final EngineDriver driver;

  EngineTimer(InferenceEngine engine) {
    this.driver = new EngineDriver(engine, PATIENCE, 42);
  }

  /**
   * Tokens per second of {@code batch} sequences that decode together: counted only while all of
   * them do, so neither prefill nor the ragged end is in it.
   */
  double decode(int batch, int tokens) throws InterruptedException {
    List<Timeline> timelines = driver.together(batch, DECODE_PROMPT, tokens);
    long start = timelines.stream().mapToLong(t -> t.at(0)).max().orElseThrow();
    long end = timelines.stream().mapToLong(Timeline::last).min().orElseThrow();
    long counted = timelines.stream().mapToLong(t -> t.within(start, end)).sum();
    return counted * 1e9 / (end - start);
  }

  /** Prompt tokens per second, from submission to the first token. */
  double prefill(int promptTokens) throws InterruptedException {
    Timeline timeline = driver.together(1, promptTokens, 1).getFirst();
    return promptTokens * 1e9 / (timeline.at(0) - timeline.submitted());
  }
}
