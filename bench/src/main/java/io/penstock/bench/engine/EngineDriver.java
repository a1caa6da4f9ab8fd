package io.penstock.bench.engine;

import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Drives an engine through its public door, as a server would. */
public final class EngineDriver {
  private static final int CONTROL_TOKENS = 100; // low ids are control tokens in many vocabularies

  private final InferenceEngine engine;
  private final Duration patience;
  private final SplittableRandom random;
  private long requests;

  /**
   * @param patience longest wait for one request
   */
  public EngineDriver(InferenceEngine engine, Duration patience, long seed) {
    this.engine = engine;
    this.patience = patience;
    this.random = new SplittableRandom(seed);
  }

  public InferenceEngine engine() {
    return engine;
  }

  /** Never the same twice, so that no prefix cache enters a figure. */
  public int[] randomPrompt(int tokens) {
    return random.ints(tokens, CONTROL_TOKENS, engine.model().vocabSize()).toArray();
  }

  /** Greedy, exactly {@code maxTokens}. */
  public Timeline submit(int[] prompt, int maxTokens) {
    return submit(prompt, maxTokens, 0);
  }

  /**
   * @param topLogprobs best alternatives to report; 0 for no log-probabilities
   */
  public Timeline submit(int[] prompt, int maxTokens, int topLogprobs) {
    Timeline timeline = new Timeline(maxTokens);
    engine.submit(
        new GenerateRequest(
            "bench-" + requests++,
            "bench",
            ServiceTier.DEFAULT,
            0,
            prompt,
            sampling(maxTokens, topLogprobs)),
        timeline::onEvent);
    return timeline;
  }

  /** Greedy, exactly {@code maxTokens}, whatever the tokens are. */
  public static SamplingParams sampling(int maxTokens, int topLogprobs) {
    return new SamplingParams(
        0,
        1,
        0,
        0,
        1,
        0,
        0,
        Map.of(),
        0L,
        maxTokens,
        0,
        List.of(),
        List.of(),
        true,
        1,
        topLogprobs > 0,
        topLogprobs,
        true,
        false);
  }

  /** Submits requests with unique prompts all at once and waits until they have ended. */
  public List<Timeline> together(int count, int promptTokens, int maxTokens)
      throws InterruptedException {
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prompts.add(randomPrompt(promptTokens));
    }
    List<Timeline> timelines = new ArrayList<>();
    for (int[] prompt : prompts) {
      timelines.add(submit(prompt, maxTokens));
    }
    await(timelines);
    return timelines;
  }

  public void await(List<Timeline> timelines) throws InterruptedException {
    for (Timeline timeline : timelines) {
      timeline.await(patience);
    }
  }
}
