package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateEvent.Finished;
import io.penstock.engine.client.GenerateEvent.Rejected;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine around a model that computes nothing. */
class NullEngineTest {

  private static InferenceEngine engine(String location, int seqs, int queue, TenantBudget budget) {
    EngineOptions usual =
        EngineOptions.of("nothing", ModelLocator.resolve(location, (_, _, _) -> {}));
    return EngineFactory.load(
        new EngineOptions(
            usual.modelId(),
            usual.location(),
            usual.backend(),
            0,
            0,
            0,
            0,
            seqs,
            0,
            queue,
            0,
            usual.gpuMemoryUtilization(),
            SchedulingOptions.DEFAULT,
            budget),
        (_, _, _) -> {});
  }

  private static InferenceEngine engine(String location) {
    return engine(location, 0, 256, TenantBudget.UNLIMITED);
  }

  private static SamplingParams sampling(
      int maxTokens, int minTokens, boolean ignoreEos, List<String> stop) {
    return new SamplingParams(
        1, 1, 0, 0, 1, 0, 0, Map.of(), null, maxTokens, minTokens, stop, List.of(), ignoreEos, 1,
        false, 0, true, false);
  }

  private static final class Answer {
    private final List<GenerateEvent> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch first = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    void onEvent(GenerateEvent event) {
      events.add(event);
      first.countDown();
      if (!(event instanceof GenerateEvent.Token)) {
        end.countDown();
      }
    }

    GenerateEvent last() throws InterruptedException {
      assertThat(end.await(20, TimeUnit.SECONDS)).isTrue();
      return events.getLast();
    }

    Finished finished() throws InterruptedException {
      return (Finished) last();
    }

    String text() throws InterruptedException {
      StringBuilder text = new StringBuilder();
      Finished end = finished();
      for (GenerateEvent event : events) {
        text.append(event instanceof GenerateEvent.Token token ? token.text() : "");
      }
      return text + end.text();
    }
  }

  private static Answer ask(InferenceEngine engine, String id, SamplingParams sampling) {
    Answer answer = new Answer();
    engine.submit(
        new GenerateRequest(
            id,
            "tenant",
            ServiceTier.DEFAULT,
            0,
            engine.text().encode("Hi!", true, false),
            sampling),
        answer::onEvent);
    return answer;
  }

  @Test
  void answersLettersUpToTheMostTokens() throws Exception {
    try (InferenceEngine engine = engine("null:")) {
      Answer answer = ask(engine, "a", sampling(30, 0, false, List.of()));
      assertThat(answer.text()).isEqualTo("abcdefghijklmnopqrstuvwxyzabcd");
      assertThat(answer.finished().reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(answer.finished().stats().promptTokens()).isEqualTo(3);
      assertThat(answer.finished().stats().completionTokens()).isEqualTo(30);
      assertThat(answer.finished().stats().cachedTokens()).isZero();
      assertThat(answer.finished().stats().kvByteNanos()).isZero();
      assertThat(answer.events).hasSize(31);
    }
  }

  @Test
  void endsByItselfUnlessAskedNotTo() throws Exception {
    try (InferenceEngine engine = engine("null:?output-tokens=5")) {
      Answer usual = ask(engine, "a", sampling(30, 0, false, List.of()));
      assertThat(usual.text()).isEqualTo("abcd");
      assertThat(usual.finished().reason()).isEqualTo(FinishReason.STOP);
      assertThat(usual.finished().stats().completionTokens()).isEqualTo(5);
      Answer longer = ask(engine, "b", sampling(30, 8, false, List.of()));
      assertThat(longer.text()).isEqualTo("abcdefgh");
      assertThat(longer.finished().stats().completionTokens()).isEqualTo(9);
      Answer whole = ask(engine, "c", sampling(30, 0, true, List.of()));
      assertThat(whole.finished().stats().completionTokens()).isEqualTo(30);
      Answer stopped = ask(engine, "d", sampling(30, 0, true, List.of("fg")));
      assertThat(stopped.text()).isEqualTo("abcde");
      assertThat(stopped.finished().stopReason()).isEqualTo("fg");
      assertThat(stopped.finished().stats().completionTokens()).isEqualTo(7);
    }
  }

  @Test
  void aBudgetEndsAnAnswerAtItsToken() throws Exception {
    AtomicInteger left = new AtomicInteger(7);
    TenantBudget budget = (_, _, tokens) -> left.addAndGet(-tokens) >= 0;
    try (InferenceEngine engine = engine("null:", 0, 256, budget)) {
      Finished end = ask(engine, "a", sampling(30, 0, true, List.of())).finished();
      assertThat(end.reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(end.error()).isEqualTo(GenerateEvent.BUDGET_ENDED);
      assertThat(end.stats().completionTokens()).isEqualTo(7);
    }
  }

  @Test
  void keepsTheRateOfEachStreamAndEndsACancelledOneWithinAStep() throws Exception {
    try (InferenceEngine engine = engine("null:?tokens-per-second=50")) {
      Answer five = ask(engine, "a", sampling(5, 0, true, List.of()));
      Answer endless = ask(engine, "b", sampling(10_000, 0, true, List.of()));
      assertThat(five.finished().stats().totalNanos()).isGreaterThanOrEqualTo(100_000_000);
      long cancelled = System.nanoTime();
      engine.cancel("b");
      Finished end = endless.finished();
      // One step is 20 ms; the rest is for a slow machine.
      assertThat(System.nanoTime() - cancelled).isLessThan(2_000_000_000L);
      assertThat(end.reason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(end.stats().completionTokens()).isEqualTo(endless.events.size() - 1);
      // The event comes before the loop has counted again.
      while (engine.metrics().running() > 0 && System.nanoTime() - cancelled < 2_000_000_000L) {
        Thread.sleep(1);
      }
      assertThat(engine.metrics().running()).isZero();
    }
  }

  @Test
  void refusesWhatDoesNotFitTheQueue() throws Exception {
    try (InferenceEngine engine =
        engine("null:?tokens-per-second=20", 1, 2, TenantBudget.UNLIMITED)) {
      Answer runs = ask(engine, "runs", sampling(10_000, 0, true, List.of()));
      assertThat(runs.first.await(20, TimeUnit.SECONDS)).isTrue();
      List<Answer> more =
          List.of("1", "2", "3", "4").stream()
              .map(id -> ask(engine, id, sampling(1, 0, true, List.of())))
              .toList();
      assertThat(more.get(3).last())
          .isInstanceOfSatisfying(
              Rejected.class, r -> assertThat(r.cause()).isEqualTo(Rejected.Cause.QUEUE_FULL));
      engine.cancel("runs");
      assertThat(more.get(0).finished().stats().completionTokens()).isEqualTo(1);
      assertThat(more.get(1).finished().stats().completionTokens()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null:what",
        "null:?tokens-per-second=fast",
        "null:?tokens-per-second=-1",
        "null:?output-tokens=0",
        "null:?speed=1"
      })
  void refusesOptionsThatItDoesNotKnow(String location) {
    assertThatThrownBy(() -> engine(location))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("null:?tokens-per-second=50&output-tokens=200");
  }
}
