package io.penstock.bench.sched.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.sched.live.ArrivalPlan.Arrival;
import io.penstock.bench.sched.live.OpenLoop.Phase;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.EngineState;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.client.TextCodec;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.WaitCause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenLoopTest {

  @Test
  void othersSendTheSameWithTheGreedyTenantAndWithoutIt() {
    List<Arrival> alone = ArrivalPlan.of(42, 20, 24, 0, 100);
    List<Arrival> beside = ArrivalPlan.of(42, 20, 24, 40, 100);
    assertThat(alone).isEqualTo(ArrivalPlan.of(42, 20, 24, 0, 100));
    assertThat(alone.size()).isCloseTo(2_400, within(150));
    assertThat(beside.size() - alone.size()).isCloseTo(4_000, within(200));
    assertThat(beside)
        .isSortedAccordingTo(Comparator.comparingLong(Arrival::atNanos))
        .allMatch(arrival -> arrival.atNanos() < 100e9);
    assertThat(beside.stream().filter(a -> a.tenant() > 0))
        .containsExactlyElementsOf(alone.stream().filter(a -> a.tenant() > 0).toList());
    for (int tenant = 0; tenant < 20; tenant++) {
      int wanted = tenant;
      assertThat(alone.stream().filter(a -> a.tenant() == wanted).count()).isBetween(80L, 165L);
    }
  }

  @Test
  void countsFromTheDueTimeAndOnlyInTheWindow() throws InterruptedException {
    FakeEngine engine = new FakeEngine();
    OpenLoop loop =
        new OpenLoop(
            new EngineDriver(engine, Duration.ofSeconds(5), 1), 8, 4, Duration.ofSeconds(5));
    Phase phase =
        loop.run(
            List.of(
                new Arrival(1, 0), // before the window
                new Arrival(0, 60_000_000), // refused
                new Arrival(1, 70_000_000), // held up for 30 ms
                new Arrival(2, 71_000_000)), // so sent late
            0.05,
            10);
    double[] heldUp = phase.firsts(r -> r.tenant == 1);
    assertThat(heldUp).hasSize(1);
    assertThat(heldUp[0]).isGreaterThanOrEqualTo(30);
    double[] sentLate = phase.firsts(r -> r.tenant == 2);
    assertThat(sentLate).hasSize(1);
    assertThat(sentLate[0]).isGreaterThanOrEqualTo(29);
    assertThat(phase.lateMillis()).isGreaterThanOrEqualTo(29);
    assertThat(phase.refused(r -> r.tenant == 0)).isEqualTo(1);
    assertThat(phase.refused(r -> r.tenant != 0)).isZero();
    assertThat(phase.requested()).isEqualTo(12);
    assertThat(phase.tokens()).isEqualTo(12);
    assertThat(phase.tokensPerSecond()).isEqualTo(0.8);
    assertThat(phase.whole()).isTrue();
    assertThat(phase.steps()).isEqualTo(4);
    assertThat(phase.stepMillis()).isEqualTo(2);
    assertThat(engine.prompts.stream().map(Arrays::toString)).doesNotHaveDuplicates();
  }

  @Test
  void aLostTokenIsSeen() throws InterruptedException {
    FakeEngine engine = new FakeEngine();
    engine.lost = 1;
    OpenLoop loop =
        new OpenLoop(
            new EngineDriver(engine, Duration.ofSeconds(5), 1), 8, 4, Duration.ofSeconds(5));
    Phase phase = loop.run(List.of(new Arrival(1, 0)), 0, 1);
    assertThat(phase.tokens()).isEqualTo(3);
    assertThat(phase.requested()).isEqualTo(4);
    assertThat(phase.whole()).isFalse();
  }

  /** Refuses tenant 0; answers others while they submit, the second of tenant 1 after 30 ms. */
  private static final class FakeEngine implements InferenceEngine {
    final List<int[]> prompts = new ArrayList<>();
    int lost;

    @Override
    public void submit(GenerateRequest request, GenerateListener listener) {
      prompts.add(request.promptTokens());
      if (request.tenant().equals("tenant-0")) {
        listener.onEvent(
            new GenerateEvent.Rejected(GenerateEvent.Rejected.Cause.QUEUE_FULL, "full"));
        return;
      }
      if (prompts.size() == 3) {
        sleep();
      }
      for (int i = lost; i < request.sampling().maxTokens(); i++) {
        listener.onEvent(new GenerateEvent.Token(0, new TokenLogprob(7, 0, List.of()), ""));
      }
      listener.onEvent(new GenerateEvent.Finished(0, FinishReason.LENGTH, "", null, null, null));
    }

    private static void sleep() {
      try {
        Thread.sleep(30);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public ModelInfo model() {
      return new ModelInfo("bench", "", "", 0, 0, 4096, 1_000, "", Instant.EPOCH, null);
    }

    @Override
    public TextCodec text() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void cancel(String requestId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public EngineMetrics metrics() {
      long steps = prompts.size();
      return new EngineMetrics(
          0,
          0,
          0,
          0,
          0,
          0,
          steps,
          steps * 2_000_000,
          0,
          0,
          null,
          List.of(),
          0,
          0,
          WaitCause.NONE,
          null);
    }

    @Override
    public EngineState state() {
      return EngineState.READY;
    }

    @Override
    public void close() {}
  }
}
