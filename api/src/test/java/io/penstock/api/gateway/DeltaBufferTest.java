package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.FinishReason;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.StepVerifier;

class DeltaBufferTest {
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final DeltaBuffer buffer =
      new DeltaBuffer(ForkJoinPool.commonPool(), () -> cancelled.set(true));

  private void token(int choice, int id) {
    buffer.add(choice, new SampledToken(id, Double.NaN, List.of()), "<" + id + ">", null);
  }

  @Test
  void mergesWhatTheClientHasNotAskedFor() {
    StepVerifier.create(buffer, 0)
        .then(
            () -> {
              for (int i = 0; i < 1000; i++) {
                token(0, i);
              }
              token(1, 7);
              buffer.add(0, null, "!", new ChoiceDelta.Ending(FinishReason.STOP, null, null));
            })
        .thenRequest(1)
        .assertNext(
            delta -> {
              assertThat(delta.choice()).isZero();
              assertThat(delta.tokens()).hasSize(1000);
              assertThat(delta.text()).startsWith("<0><1>").endsWith("<999>!");
              assertThat(delta.ending().reason()).isEqualTo(FinishReason.STOP);
            })
        .thenRequest(1)
        .assertNext(delta -> assertThat(delta.tokens()).hasSize(1))
        .then(() -> buffer.end(null))
        .verifyComplete();
    assertThat(cancelled).isFalse();
  }

  @Test
  void whatCameBeforeAnErrorIsDelivered() {
    token(0, 1);
    buffer.end(new IllegalStateException("x"));

    StepVerifier.create(buffer).expectNextCount(1).verifyErrorMessage("x");
  }

  @Test
  void cancellingTellsTheEngineOnce() {
    StepVerifier.create(buffer).then(() -> token(0, 1)).expectNextCount(1).thenCancel().verify();

    assertThat(cancelled).isTrue();
  }

  @Test
  void cancellingAfterTheEndTellsNobody() {
    buffer.end(null);

    StepVerifier.create(buffer).verifyComplete();
    buffer.cancel();

    assertThat(cancelled).isFalse();
  }

  /** Two threads race; every token arrives once and in order. */
  @Test
  void losesNothingUnderContention() throws InterruptedException {
    int tokens = 100_000;
    List<Integer> received = new CopyOnWriteArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    buffer.subscribe(
        new BaseSubscriber<>() {
          private final java.util.ArrayList<Integer> ids = new java.util.ArrayList<>();

          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            request(1);
          }

          @Override
          protected void hookOnNext(ChoiceDelta delta) {
            delta.tokens().forEach(t -> ids.add(t.id()));
            request(1);
          }

          @Override
          protected void hookOnComplete() {
            received.addAll(ids);
            done.countDown();
          }
        });

    for (int i = 0; i < tokens; i++) {
      token(0, i);
    }
    buffer.end(null);

    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(received).hasSize(tokens).isSorted().doesNotHaveDuplicates();
  }
}
