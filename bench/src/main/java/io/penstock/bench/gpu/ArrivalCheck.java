package io.penstock.bench.gpu;

import io.penstock.bench.Installation;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.engine.Timeline;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.TokenLogprob;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests of random lengths, first each alone, then all again as they arrive at random times in a
 * cache too small for them, so that prompts are chunked, sequences preempted and batches of every
 * size formed. Greedy outputs must be the same up to the first close call of the run alone.
 */
final class ArrivalCheck {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int LONGEST_PROMPT = 400;
  private static final int LONGEST_OUTPUT = 40;
  private static final int MAX_SEQS = 96;

  /** A budget below the longest prompt: some are chunked. */
  private static final int MAX_BATCHED_TOKENS = 256;

  private final Session session;
  private final Report report;

  ArrivalCheck(Session session, Report report) {
    this.session = session;
    this.report = report;
  }

  void run() throws IOException, InterruptedException {
    int requests = session.settings().quick() ? 250 : 1000;
    check("small", session.smallModel(SmallShapes.GROUPED), requests, 0.25);
    check("smollm2", Installation.bundledModel(), requests, 0.5);
  }

  /** A request and what came of it alone and in company. */
  private record Request(int[] prompt, int maxTokens) {}

  /**
   * @param noise most that rounding may move a log-probability; the difference of two moves by
   *     twice as much
   */
  private void check(String name, Path model, int requests, double noise)
      throws InterruptedException {
    List<Request> all = new ArrayList<>();
    List<Timeline> alone = new ArrayList<>();
    List<Timeline> together = new ArrayList<>();
    long preemptions;
    long offloads;
    try (InferenceEngine engine = EngineFactory.load(options(model), LoadProgress.NONE)) {
      EngineDriver driver = new EngineDriver(engine, PATIENCE, requests);
      SplittableRandom random = new SplittableRandom(requests);
      for (int i = 0; i < requests; i++) {
        int length = 1 + (int) (LONGEST_PROMPT * Math.pow(random.nextDouble(), 2));
        all.add(new Request(driver.randomPrompt(length), 1 + random.nextInt(LONGEST_OUTPUT)));
      }
      for (Request request : all) {
        alone.add(driver.submit(request.prompt, request.maxTokens, 2));
        alone.getLast().await(PATIENCE);
      }
      double seconds = (alone.getLast().last() - alone.getFirst().submitted()) / 1e9;
      preemptions = engine.metrics().preemptions();
      offloads = engine.metrics().swap().offloads();
      for (Request request : all) {
        together.add(driver.submit(request.prompt, request.maxTokens, 2));
        // Forty times as often as they can be served one by one.
        LockSupport.parkNanos(
            (long) (-Math.log(random.nextDouble()) * seconds / requests / 40 * 1e9));
      }
      driver.await(together);
      preemptions = engine.metrics().preemptions() - preemptions;
      offloads = engine.metrics().swap().offloads() - offloads;
    }
    compare(name, alone, together, noise);
    report.add(
        Row.info(
            "arrivals.%s.preemptions".formatted(name),
            name + ", sequences that lost their blocks on the way",
            preemptions,
            ""));
    report.add(
        Row.info(
            "arrivals.%s.offloads".formatted(name),
            name + ", sequences of them whose cache went to the host and came back",
            offloads,
            ""));
  }

  private EngineOptions options(Path model) {
    boolean small = model.endsWith(SmallShapes.GROUPED.name());
    long elements = small ? 2L * 3 * 2 * 64 : 2L * 30 * 3 * 64; // of keys and values, a token
    long bytesPerToken = elements * session.settings().kvElementBytes();
    // Room for some forty average requests.
    return session.settings().engine(model, 6_000 * bytesPerToken, MAX_SEQS, MAX_BATCHED_TOKENS);
  }

  private void compare(String name, List<Timeline> alone, List<Timeline> together, double noise) {
    int wrong = 0;
    int whole = 0;
    long compared = 0;
    double moved = 0;
    for (int r = 0; r < alone.size(); r++) {
      Timeline expected = alone.get(r);
      Timeline actual = together.get(r);
      int i = 0;
      while (i < expected.size() && expected.token(i).id() == actual.token(i).id()) {
        moved = Math.max(moved, Math.abs(expected.token(i).logprob() - actual.token(i).logprob()));
        i++;
      }
      compared += i;
      whole += i == expected.size() ? 1 : 0;
      if (i < expected.size() && margin(expected.token(i)) > 2 * noise) {
        wrong++;
        report.note(
            "%s, request %d, token %d: %s alone, %s together"
                .formatted(name, r, i, expected.token(i), actual.token(i)));
      }
    }
    report.add(
        Row.atMost(
            "arrivals.%s.wrong".formatted(name),
            "%s, %,d random arrivals: outputs that leave the solo run's at no close call"
                .formatted(name, alone.size()),
            wrong,
            "requests",
            0));
    report.add(
        Row.info(
            "arrivals.%s.whole".formatted(name),
            name + ", outputs that equal the solo run's to the end",
            100.0 * whole / alone.size(),
            "%"));
    report.add(
        Row.info(
            "arrivals.%s.moved".formatted(name),
            "%s, most that a log-probability moved, over %,d equal tokens"
                .formatted(name, compared),
            moved,
            ""));
  }

  private static double margin(TokenLogprob token) {
    return token.top().get(0).logprob() - token.top().get(1).logprob();
  }
}
