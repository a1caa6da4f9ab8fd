package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.penstock.engine.backend.DeviceLostException;
import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.client.ChoiceStep;
import io.penstock.engine.client.DeviceMetrics;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.EngineState;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateEvent.Rejected.Cause;
import io.penstock.engine.client.GenerateListener;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.client.SwapMetrics;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.InvalidParameterException;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import io.penstock.engine.sched.LinearStepCost;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.StepCost;
import io.penstock.engine.tokenizer.StopStrings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** With steps one after the other and with overlapped ones, without and with swap space. */
@ParameterizedClass(name = "depth {0}, {1} slots")
@CsvSource({"1, 0", "2, 0", "1, 12", "2, 12"})
class EngineTest {
  private static final int BLOCK = 4;
  private static final int BLOCK_BYTES = 1000;
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6, 5};

  /** Copies pay, and no step is too long. */
  private static final StepCost COST = new LinearStepCost(1e3, 10, 0, 10, 0);

  @Parameter(0)
  int depth;

  @Parameter(1)
  int slots;

  private PagedFakeRunner runner;
  private Engine engine;
  private DeviceWatch watch = DeviceWatch.NONE;
  private Function<BlockPool, SchedulerContext> scheduling = _ -> SchedulerContext.NONE;

  private void start(int blocks, int maxSeqs, int maxQueued, Integer... endTokens) {
    runner = new PagedFakeRunner(depth, blocks, slots, BLOCK);
    BlockPool pool = new BlockPool(blocks, BLOCK);
    engine =
        Engine.start(
            new ModelInfo("fake", "Fake", "F32", 0, 0, 64, 26, "none", Instant.EPOCH, Map.of()),
            null,
            (_, sampling) -> new Letters(sampling),
            Set.of(endTokens),
            new SchedulerConfig(maxSeqs, Math.max(8, maxSeqs), maxQueued, 64),
            pool,
            scheduling.apply(pool),
            BLOCK_BYTES,
            slots == 0 ? Swap.NONE : new Swap(slots, BLOCK, 1e-12),
            runner,
            watch);
  }

  @AfterEach
  void stop() {
    if (engine != null) {
      runner.ungate();
      engine.close();
      assertThat(runner.closed).isTrue();
    }
  }

  /** Token i is the letter with index i. */
  private static final class Letters implements TextStream {
    private final StopStrings stops;

    Letters(SamplingParams sampling) {
      stops = new StopStrings(sampling.stop(), sampling.includeStopInOutput());
    }

    @Override
    public String append(int token, boolean matchStops) {
      String letter = Character.toString('a' + token);
      return matchStops ? stops.add(letter) : letter;
    }

    @Override
    public String matchedStop() {
      return stops.matched();
    }

    @Override
    public String finish() {
      return stops.flush();
    }
  }

  private static SamplingParams sampling(
      int max, int min, int n, List<String> stop, List<Integer> stopIds, boolean ignoreEos) {
    return new SamplingParams(
        0, 1, 0, 0, 1, 0, 0, Map.of(), null, max, min, stop, stopIds, ignoreEos, n, false, 0, true,
        false);
  }

  private Recorder submit(String id, int[] prompt, SamplingParams sampling) {
    return submit(id, prompt, sampling, UnaryOperator.identity());
  }

  private Recorder submit(
      String id, int[] prompt, SamplingParams sampling, UnaryOperator<GenerateListener> wrap) {
    Recorder recorder = new Recorder(sampling.n());
    engine.submit(
        new GenerateRequest(id, "tenant", ServiceTier.DEFAULT, 0, prompt, sampling),
        wrap.apply(recorder));
    return recorder;
  }

  private static String letters(List<Integer> tokens) {
    StringBuilder text = new StringBuilder();
    tokens.forEach(t -> text.append((char) ('a' + t)));
    return text.toString();
  }

  /** Closes the engine first: its last metrics come after all events. */
  private void assertAllBlocksAreFree() {
    engine.close();
    assertThat(engine.metrics().running()).isZero();
    assertThat(engine.metrics().waiting()).isZero();
    assertThat(engine.metrics().kvBlocksFree()).isEqualTo(engine.metrics().kvBlocksTotal());
  }

  @Test
  void generatesUpToMaxTokens() {
    start(32, 4, 4);
    Recorder r = submit("a", PROMPT, SamplingParams.greedy(12)).await();
    List<Integer> expected = PagedFakeRunner.continuation(PROMPT, 12);
    assertThat(r.tokens(0)).isEqualTo(expected);
    assertThat(r.text(0)).isEqualTo(letters(expected));
    GenerateEvent.Finished end = r.finished(0);
    assertThat(end.reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(end.stats().promptTokens()).isEqualTo(9);
    assertThat(end.stats().completionTokens()).isEqualTo(12);
    assertThat(end.stats().cachedTokens()).isZero();
    assertThat(end.stats().firstTokenNanos())
        .isBetween(end.stats().queuedNanos(), end.stats().totalNanos());
    assertAllBlocksAreFree();
    assertThat(engine.metrics().generationTokens()).isEqualTo(12);
    assertThat(engine.metrics().promptTokens()).isEqualTo(9);
  }

  @Test
  void theModelsEndTokenEndsItAndIsNotText() {
    List<Integer> expected = PagedFakeRunner.continuation(PROMPT, 12);
    int end = expected.get(5);
    int first = expected.indexOf(end);
    start(32, 4, 4, end);
    Recorder r = submit("a", PROMPT, SamplingParams.greedy(12)).await();
    assertThat(r.tokens(0)).isEqualTo(expected.subList(0, first + 1));
    assertThat(r.text(0)).isEqualTo(letters(expected.subList(0, first)));
    assertThat(r.finished(0).reason()).isEqualTo(FinishReason.STOP);
    assertThat(r.finished(0).stopReason()).isNull();
    assertThat(r.finished(0).stats().completionTokens()).isEqualTo(first + 1);

    r = submit("b", PROMPT, sampling(12, 0, 1, List.of(), List.of(), true)).await();
    assertThat(r.tokens(0)).isEqualTo(expected);
  }

  @Test
  void stopTokenIdsAndStopStringsAreNamed() {
    List<Integer> expected = PagedFakeRunner.continuation(PROMPT, 12);
    int stop = expected.get(4);
    start(32, 4, 4);
    Recorder r = submit("a", PROMPT, sampling(12, 0, 1, List.of(), List.of(stop), false)).await();
    assertThat(r.finished(0).stopReason()).isEqualTo(stop);

    String text = letters(expected);
    String stopString = text.substring(6, 8);
    r = submit("b", PROMPT, sampling(12, 0, 1, List.of(stopString), List.of(), false)).await();
    assertThat(r.finished(0).stopReason()).isEqualTo(stopString);
    assertThat(r.text(0)).isEqualTo(text.substring(0, text.indexOf(stopString)));

    r = submit("c", PROMPT, sampling(12, 12, 1, List.of(stopString), List.of(), false)).await();
    assertThat(r.finished(0).reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(r.text(0)).isEqualTo(text);
  }

  @Test
  void choicesShareThePromptAndEachEndsOnce() {
    start(32, 4, 4);
    Recorder r = submit("a", PROMPT, sampling(7, 0, 3, List.of(), List.of(), false)).await();
    for (int choice = 0; choice < 3; choice++) {
      assertThat(r.tokens(choice)).isEqualTo(PagedFakeRunner.continuation(PROMPT, 7));
      assertThat(r.finished(choice).stats().cachedTokens()).isEqualTo(choice == 0 ? 0 : 8);
    }
    assertAllBlocksAreFree();
  }

  @Test
  void aCancelledRequestLeavesAtTheNextStep() {
    start(32, 4, 4);
    Recorder r =
        submit(
            "a",
            PROMPT,
            SamplingParams.greedy(50),
            recorder ->
                event -> {
                  recorder.onEvent(event);
                  if (((Recorder) recorder).tokens(0).size() == 3) {
                    engine.cancel("a");
                  }
                });
    r.await();
    assertThat(r.tokens(0)).hasSize(3);
    assertThat(r.finished(0).reason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(r.finished(0).stats().completionTokens()).isEqualTo(3);
    engine.cancel("a"); // ended: ignored
    engine.cancel("unknown");
    assertAllBlocksAreFree();
  }

  @Test
  void aWaitingRequestCanBeCancelled() {
    start(32, 1, 4);
    runner.gate();
    Recorder running = submit("a", PROMPT, SamplingParams.greedy(2));
    Recorder waiting = submit("b", PROMPT, sampling(2, 0, 2, List.of(), List.of(), false));
    engine.cancel("b");
    runner.ungate();
    running.await();
    waiting.await();
    assertThat(waiting.events()).hasSize(2);
    assertThat(waiting.finished(1).reason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void aFullQueueAndWhatNeverFitsAreRejected() {
    start(8, 1, 2);
    assertThat(submit("long", PROMPT, SamplingParams.greedy(56)).await().rejected().cause())
        .isEqualTo(Cause.TOO_LONG);
    runner.gate();
    List<Recorder> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(submit("r" + i, PROMPT, SamplingParams.greedy(3)));
    }
    runner.ungate();
    all.forEach(Recorder::await);
    List<Recorder> rejected =
        all.stream().filter(r -> r.events().getFirst() instanceof GenerateEvent.Rejected).toList();
    assertThat(rejected).hasSizeBetween(1, 8);
    assertThat(rejected).allMatch(r -> r.rejected().cause() == Cause.QUEUE_FULL);
    assertAllBlocksAreFree();
  }

  @Test
  void anIdThatIsRunningIsRejected() {
    start(32, 4, 4);
    runner.gate();
    Recorder first = submit("same", PROMPT, SamplingParams.greedy(2));
    assertThat(submit("same", PROMPT, SamplingParams.greedy(2)).await().rejected().message())
        .isEqualTo("A request with id same is running already.");
    runner.ungate();
    assertThat(first.await().finished(0).reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(submit("same", PROMPT, SamplingParams.greedy(2)).await().tokens(0)).hasSize(2);
  }

  @Test
  void invalidPromptsAreRefusedBeforeAnythingElse() {
    start(8, 1, 1);
    assertThatThrownBy(() -> submit("a", new int[0], SamplingParams.greedy(1)))
        .isInstanceOf(InvalidParameterException.class);
    assertThatThrownBy(() -> submit("a", new int[] {26}, SamplingParams.greedy(1)))
        .hasMessage("Token id 26 is outside the vocabulary of 26 tokens.");
  }

  @Test
  void aFailingListenerHurtsNobody() {
    start(32, 4, 4);
    Recorder bad =
        submit(
            "bad",
            PROMPT,
            SamplingParams.greedy(5),
            recorder ->
                event -> {
                  recorder.onEvent(event);
                  throw new IllegalStateException("listener");
                });
    Recorder good = submit("good", PROMPT, SamplingParams.greedy(5));
    assertThat(good.await().tokens(0)).hasSize(5);
    assertThat(bad.await().tokens(0)).hasSize(5);
    assertThat(engine.state()).isEqualTo(EngineState.READY);
  }

  @Test
  void aFailedStepEndsItsRequestsAndTheEngineGoesOn() {
    start(32, 4, 4);
    runner.gate();
    Recorder a = submit("a", PROMPT, sampling(5, 0, 2, List.of(), List.of(), false));
    runner.failNextStep = new IllegalStateException("device lost a bit");
    runner.ungate();
    a.await();
    assertThat(a.events()).hasSize(2);
    assertThat(a.finished(1).reason()).isEqualTo(FinishReason.ERROR);
    assertThat(a.finished(0).error()).contains("device lost a bit");
    assertThat(engine.state().ready()).isTrue();
    assertThat(submit("b", PROMPT, SamplingParams.greedy(5)).await().tokens(0)).hasSize(5);
    assertAllBlocksAreFree();
  }

  @Test
  void aFailedStepTakesOnlyItsOwnRequestsAlong() {
    start(32, 2, 4);
    runner.gate();
    Recorder a = submit("a", PROMPT, SamplingParams.greedy(5));
    Recorder b = submit("b", PROMPT, SamplingParams.greedy(5));
    Recorder waiting = submit("c", PROMPT, SamplingParams.greedy(5));
    runner.failNextStep = new IllegalStateException("device lost a bit");
    runner.ungate();
    assertThat(a.await().finished(0).reason()).isEqualTo(FinishReason.ERROR);
    assertThat(waiting.await().tokens(0)).isEqualTo(PagedFakeRunner.continuation(PROMPT, 5));
    b.await();
    assertThat(runner.probes).isEqualTo(1);
    assertAllBlocksAreFree();
  }

  @Test
  void aFailedLaunchLeavesTheStepBeforeItAlone() {
    start(32, 4, 8);
    Recorder b = new Recorder(1);
    Recorder two = new Recorder(1);
    GenerateListener failing =
        event -> {
          if (two.events().isEmpty()) { // with its first token
            runner.failNextLaunch = new IllegalStateException("no launch");
          }
          two.onEvent(event);
        };
    GenerateListener starting = // on the engine's thread, so that both arrive together
        event -> {
          if (event instanceof GenerateEvent.Finished) {
            submitTo(b, "b", SamplingParams.greedy(50));
            submitTo(failing, "two", SamplingParams.greedy(2));
          }
        };
    submitTo(starting, "starter", SamplingParams.greedy(1));
    assertThat(b.await().finished(0).error()).contains("no launch");
    two.await();
    // At depth 2 its second token was in flight already when the launch failed.
    assertThat(two.finished(0).reason())
        .isEqualTo(depth == 2 ? FinishReason.LENGTH : FinishReason.ERROR);
    assertThat(two.tokens(0)).isEqualTo(PagedFakeRunner.continuation(PROMPT, depth));
    int got = b.tokens(0).size();
    assertThat(b.tokens(0)).isEqualTo(PagedFakeRunner.continuation(PROMPT, got));
    assertThat(engine.state().ready()).isTrue();
    assertThat(submit("after", PROMPT, SamplingParams.greedy(5)).await().tokens(0)).hasSize(5);
    assertAllBlocksAreFree();
  }

  private void submitTo(GenerateListener listener, String id, SamplingParams sampling) {
    engine.submit(
        new GenerateRequest(id, "tenant", ServiceTier.DEFAULT, 0, PROMPT, sampling), listener);
  }

  @Test
  void aLostDeviceIsNotAskedAgain() {
    start(32, 4, 4);
    runner.gate();
    Recorder a = submit("a", PROMPT, SamplingParams.greedy(5));
    runner.failNextStep = new DeviceLostException("a step took longer than 60 s");
    runner.ungate();
    assertThat(a.await().finished(0).reason()).isEqualTo(FinishReason.ERROR);
    engine.close();
    assertThat(runner.probes).isZero();
    assertThat(engine.state())
        .isEqualTo(new EngineState(false, "The device failed: a step took longer than 60 s"));
  }

  @Test
  void aStepThatDoesNotEndIsSeenFromOutside() {
    DeviceMetrics figures = new DeviceMetrics(1, 2, 3, 4, 5, 0);
    watch = new DeviceWatch(Duration.ofMillis(50), () -> Optional.of(figures));
    start(32, 4, 4);
    runner.gate();
    Recorder a = submit("a", PROMPT, SamplingParams.greedy(5));
    while (engine.state().ready()) {
      Thread.onSpinWait();
    }
    assertThat(engine.state().reason())
        .isEqualTo("A step has been running for 0 s: the device does not answer.");
    assertThat(submit("b", PROMPT, SamplingParams.greedy(5)).await().rejected().cause())
        .isEqualTo(Cause.UNAVAILABLE);
    runner.ungate();
    assertThat(a.await().tokens(0)).hasSize(5);
    assertThat(engine.state().ready()).isTrue();
    engine.close();
    EngineMetrics metrics = engine.metrics();
    assertThat(metrics.device()).contains(figures);
    assertThat(metrics.deviceWaitNanos()).isBetween(50_000_000L, metrics.stepNanos());
    assertThat(metrics.hostNanos()).isEqualTo(metrics.stepNanos() - metrics.deviceWaitNanos());
  }

  @Test
  void anEngineThatCannotGoOnSaysSo() {
    start(32, 1, 4);
    runner.gate();
    Recorder running = submit("a", PROMPT, SamplingParams.greedy(5));
    Recorder waiting = submit("b", PROMPT, SamplingParams.greedy(5));
    runner.failProbe = new IllegalStateException("gone");
    runner.failNextStep = new IllegalStateException("device failed");
    runner.ungate();
    assertThat(running.await().finished(0).reason()).isEqualTo(FinishReason.ERROR);
    assertThat(waiting.await().events()).hasSize(1);
    engine.close();
    assertThat(engine.state()).isEqualTo(new EngineState(false, "The device failed: gone"));
    assertThat(submit("c", PROMPT, SamplingParams.greedy(5)).await().rejected().cause())
        .isEqualTo(Cause.UNAVAILABLE);
  }

  @Test
  void evenAnErrorInTheThreadLeavesNobodyWaiting() {
    start(32, 1, 4);
    runner.gate();
    Recorder running = submit("a", PROMPT, SamplingParams.greedy(5));
    Recorder waiting = submit("b", PROMPT, SamplingParams.greedy(5));
    runner.dieInNextStep = new StackOverflowError("for the test");
    runner.ungate();
    running.await();
    waiting.await();
    engine.close();
    assertThat(engine.state().ready()).isFalse();
  }

  @Test
  void closingEndsEverything() throws InterruptedException {
    start(32, 1, 8);
    runner.gate();
    List<Recorder> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(submit("r" + i, PROMPT, SamplingParams.greedy(50)));
    }
    runner.awaitHeld();
    Thread closer = Thread.ofPlatform().start(engine::close);
    while (closer.getState() != Thread.State.TIMED_WAITING) { // for the engine's thread
      Thread.onSpinWait();
    }
    runner.ungate();
    all.forEach(Recorder::await);
    assertThat(all.getFirst().finished(0).reason()).isEqualTo(FinishReason.ERROR);
    assertThat(all.getFirst().finished(0).error()).isEqualTo("The engine is shutting down.");
    assertThat(closer).satisfies(Thread::join);
    assertThat(submit("late", PROMPT, SamplingParams.greedy(1)).await().rejected().cause())
        .isEqualTo(Cause.UNAVAILABLE);
  }

  @Test
  void closingWhileOthersSubmitForgetsNobody() throws InterruptedException {
    start(32, 4, 16);
    List<Recorder> all = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch underWay = new CountDownLatch(40);
    List<Thread> submitters = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int thread = t;
      submitters.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 200; i++) {
                      all.add(submit(thread + "-" + i, PROMPT, SamplingParams.greedy(3)));
                      underWay.countDown();
                    }
                  }));
    }
    underWay.await();
    engine.close();
    for (Thread submitter : submitters) {
      submitter.join();
    }
    assertThat(all).hasSize(800).allSatisfy(Recorder::await);
    assertThat(engine.metrics().kvBlocksFree()).isEqualTo(32);
  }

  @Test
  void manyThreadsPreemptionAndCancellation() throws InterruptedException {
    start(24, 6, 400);
    learnThatRequestsEndEarly(16);
    learnThatRequestsEndEarly(30); // so that more are admitted than fit to their end
    int threads = 6;
    List<List<Runnable>> checks = new ArrayList<>();
    List<Thread> submitters = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      List<Runnable> mine = new ArrayList<>();
      checks.add(mine);
      submitters.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    Random random = new Random(thread);
                    for (int i = 0; i < 50; i++) {
                      mine.add(randomRequest(random, "t" + thread + "-" + i));
                    }
                  }));
    }
    for (Thread submitter : submitters) {
      submitter.join();
    }
    checks.forEach(mine -> mine.forEach(Runnable::run));
    assertAllBlocksAreFree();
    assertThat(engine.metrics().preemptions()).isPositive();
    assertThat(runner.largestBatch).isBetween(2, 6);
    assertThat(runner.mostInFlight).isEqualTo(depth);
  }

  /** Lets the engine see requests for {@code max} tokens that end with their first. */
  private void learnThatRequestsEndEarly(int max) {
    List<Integer> first = PagedFakeRunner.continuation(PROMPT, 1);
    for (int i = 0; i < 100; i++) {
      submit("early" + i, PROMPT, sampling(max, 0, 1, List.of(), first, false)).await();
    }
  }

  @Test
  void preemptionChangesNoToken() {
    scheduling = _ -> SchedulerContext.NONE.with(COST);
    start(9, 3, 8);
    learnThatRequestsEndEarly(24);
    runner.gate();
    List<Recorder> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) { // each takes eight blocks in the end
      all.add(submit("r" + i, PROMPT, SamplingParams.greedy(24)));
    }
    runner.ungate();
    for (Recorder r : all) {
      assertThat(r.await().tokens(0)).isEqualTo(PagedFakeRunner.continuation(PROMPT, 24));
    }
    assertAllBlocksAreFree();
    assertThat(engine.metrics().preemptions()).isPositive();
    SwapMetrics swap = engine.metrics().swap();
    assertThat(swap.offloads() > 0).isEqualTo(slots > 0);
    assertThat(swap.copiedBytes() > 0).isEqualTo(slots > 0);
    assertThat(swap.blocksFree()).isEqualTo(swap.blocksTotal()).isEqualTo(slots);
  }

  /** One is ended by the step that fails; the one that made room for it was not in that step. */
  @Test
  void whatAFailedStepDidNotCopyIsComputedAgain() {
    assumeThat(slots).isPositive();
    scheduling = _ -> SchedulerContext.NONE.with(COST);
    start(9, 3, 8);
    learnThatRequestsEndEarly(24);
    runner.gate();
    List<Recorder> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(submit("r" + i, PROMPT, SamplingParams.greedy(24)));
    }
    runner.failNextCopies = new IllegalStateException("for the test");
    runner.ungate();
    int failed = 0;
    for (Recorder r : all) {
      r.await();
      if (r.finished(0).reason() == FinishReason.ERROR) {
        failed++;
      } else {
        assertThat(r.tokens(0)).isEqualTo(PagedFakeRunner.continuation(PROMPT, 24));
      }
    }
    assertThat(runner.failNextCopies).isNull();
    assertThat(failed).isBetween(1, 2);
    assertAllBlocksAreFree();
    assertThat(engine.metrics().swap().blocksFree()).isEqualTo(slots);
  }

  private Runnable randomRequest(Random random, String id) {
    int[] prompt =
        IntStream.range(0, 1 + random.nextInt(30)).map(_ -> random.nextInt(26)).toArray();
    int max = 1 + random.nextInt(30);
    int n = 1 + random.nextInt(2);
    Recorder recorder = submit(id, prompt, sampling(max, 0, n, List.of(), List.of(), false));
    if (random.nextInt(5) == 0) {
      engine.cancel(id);
    }
    return () -> {
      recorder.await();
      for (int choice = 0; choice < n; choice++) {
        List<Integer> tokens = recorder.tokens(choice);
        assertThat(tokens)
            .isEqualTo(PagedFakeRunner.continuation(prompt, max).subList(0, tokens.size()));
        if (recorder.finished(choice).reason() != FinishReason.CANCELLED) {
          assertThat(tokens).hasSize(max);
        }
        assertThat(recorder.finished(choice).stats().completionTokens()).isEqualTo(tokens.size());
      }
    };
  }

  // ---- tenants, cached prefixes, budgets, metering

  private Recorder submitAs(String tenant, String id, int[] prompt, int max) {
    Recorder recorder = new Recorder(1);
    engine.submit(
        new GenerateRequest(id, tenant, ServiceTier.DEFAULT, 0, prompt, SamplingParams.greedy(max)),
        recorder);
    return recorder;
  }

  @Test
  void aPromptIsFoundAgainByItsOwnTenantOnly() {
    scheduling = pool -> SchedulerContext.NONE.with(new PrefixCache(pool, 1));
    start(32, 4, 4);
    int[] cached = new int[3];
    String[] tenants = {"a", "a", "b"};
    for (int i = 0; i < 3; i++) {
      Recorder r = submitAs(tenants[i], "r" + i, PROMPT, 12).await();
      assertThat(r.tokens(0)).isEqualTo(PagedFakeRunner.continuation(PROMPT, 12));
      cached[i] = r.finished(0).stats().cachedTokens();
    }
    assertThat(cached).containsExactly(0, 8, 0);
    assertAllBlocksAreFree();
  }

  @Test
  void afterAFailedStepNothingIsFound() {
    scheduling = pool -> SchedulerContext.NONE.with(new PrefixCache(pool, 1));
    start(32, 4, 4);
    runner.gate();
    Recorder failed = submitAs("a", "failed", PROMPT, 12);
    runner.failNextStep = new IllegalStateException("device lost a bit");
    runner.ungate();
    assertThat(failed.await().finished(0).reason()).isEqualTo(FinishReason.ERROR);
    assertThat(submitAs("a", "next", PROMPT, 12).await().finished(0).stats().cachedTokens())
        .isZero();
  }

  @Test
  void cachedPrefixesChangeNoTokenWhateverHappens() {
    scheduling = pool -> SchedulerContext.NONE.with(new PrefixCache(pool, 1));
    start(20, 6, 400);
    Random random = new Random(depth);
    List<Runnable> checks = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int[] prompt = new int[1 + random.nextInt(28)];
      int same = random.nextInt(3);
      Arrays.setAll(prompt, p -> p < 13 ? (same + p) % 26 : random.nextInt(26));
      int max = 1 + random.nextInt(30);
      String id = "storm" + i;
      Recorder recorder = submitAs("t" + random.nextInt(2), id, prompt, max);
      if (random.nextInt(5) == 0) {
        engine.cancel(id);
      }
      checks.add(
          () -> {
            List<Integer> tokens = recorder.await().tokens(0);
            assertThat(tokens)
                .isEqualTo(PagedFakeRunner.continuation(prompt, max).subList(0, tokens.size()));
            if (recorder.finished(0).reason() != FinishReason.CANCELLED) {
              assertThat(tokens).hasSize(max);
            }
          });
    }
    checks.forEach(Runnable::run);
    assertAllBlocksAreFree();
  }

  @Test
  void anAnswerEndsWhereItsTenantsBudgetDoes() {
    AtomicInteger left = new AtomicInteger(5);
    scheduling =
        _ ->
            SchedulerContext.NONE.with(
                (TenantBudget)
                    (_, _, tokens) -> left.getAndUpdate(n -> Math.max(0, n - tokens)) >= tokens);
    start(32, 4, 4);
    Recorder r = submit("a", PROMPT, SamplingParams.greedy(12)).await();
    assertThat(r.tokens(0)).isEqualTo(PagedFakeRunner.continuation(PROMPT, 5));
    assertThat(r.finished(0).reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(r.finished(0).error()).isEqualTo(GenerateEvent.BUDGET_ENDED);
    assertAllBlocksAreFree();
  }

  @Test
  void aDeadlineThatHasPassedIsRejected() {
    scheduling = _ -> SchedulerContext.NONE.with(System::nanoTime);
    start(32, 4, 4);
    Recorder recorder = new Recorder(1);
    engine.submit(
        new GenerateRequest(
            "late",
            "tenant",
            ServiceTier.DEFAULT,
            0,
            PROMPT,
            SamplingParams.greedy(3),
            TenantTerms.DEFAULT,
            Duration.ZERO),
        recorder);
    assertThat(recorder.await().rejected().cause()).isEqualTo(Cause.DEADLINE);
  }

  @Test
  void whatWasUsedIsInTheStats() {
    start(32, 4, 4);
    ChoiceStats stats = submit("a", PROMPT, SamplingParams.greedy(12)).await().finished(0).stats();
    assertThat(stats.computeNanos()).isBetween(1.0, (double) stats.totalNanos());
    // three to five blocks
    assertThat(stats.kvByteNanos() / stats.computeNanos())
        .isBetween(3.0 * BLOCK_BYTES, 5.0 * BLOCK_BYTES);
  }

  @Test
  void stepsOfAPromptAreToldAsTheyArePlanned() {
    start(32, 4, 4);
    int[] prompt = new int[20]; // steps take eight tokens
    Recorder recorder = submit("a", prompt, SamplingParams.greedy(3));
    ChoiceStats stats = recorder.await().finished(0).stats();
    assertThat(recorder.steps()).isEqualTo(stats.steps());
    assertThat(recorder.steps().stream().map(ChoiceStep::tokens)).containsExactly(8, 8, 4);
  }
}
