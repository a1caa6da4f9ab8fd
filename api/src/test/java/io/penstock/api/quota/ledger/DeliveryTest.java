package io.penstock.api.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.gateway.AdmissionPort.Ticket;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.RequestInfo;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

class DeliveryTest {
  private final AtomicInteger released = new AtomicInteger();
  private final AtomicInteger received = new AtomicInteger();
  private final AtomicInteger withdrawn = new AtomicInteger();

  private final Ticket ticket =
      new Ticket() {
        @Override
        public void settle(RequestInfo request, Outcome outcome) {}

        @Override
        public void release() {
          released.incrementAndGet();
        }
      };

  private Delivery delivery() {
    Delivery delivery =
        new Delivery(
            new CoreSubscriber<Ticket>() {
              @Override
              public void onSubscribe(Subscription subscription) {}

              @Override
              public void onNext(Ticket next) {
                received.incrementAndGet();
              }

              @Override
              public void onError(Throwable error) {}

              @Override
              public void onComplete() {}
            });
    delivery.onCancel(withdrawn::incrementAndGet);
    return delivery;
  }

  @Test
  void theTicketMayComeBeforeTheRequestOrAfter() {
    Delivery early = delivery();
    early.deliver(ticket);
    assertThat(received).hasValue(0);
    early.request(1);
    assertThat(received).hasValue(1);

    Delivery late = delivery();
    late.request(1);
    late.deliver(ticket);
    assertThat(received).hasValue(2);
    assertThat(released).hasValue(0);
  }

  @Test
  void whoLeavesFirstWithdrawsAndTheTicketIsReleased() {
    Delivery delivery = delivery();
    delivery.request(1);
    delivery.cancel();
    assertThat(withdrawn).hasValue(1);
    delivery.deliver(ticket);
    assertThat(released).hasValue(1);
    assertThat(received).hasValue(0);
  }

  @Test
  void whoNeverAsksHasItReleased() {
    Delivery delivery = delivery();
    delivery.deliver(ticket);
    delivery.cancel();
    assertThat(released).hasValue(1);
    assertThat(withdrawn).hasValue(0);
  }

  @Test
  void inARaceItIsReceivedOrReleased() throws Exception {
    int rounds = 2000;
    for (int i = 0; i < rounds; i++) {
      Delivery delivery = delivery();
      delivery.request(1);
      CyclicBarrier start = new CyclicBarrier(2);
      Thread leaver =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      start.await();
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                    delivery.cancel();
                  });
      start.await();
      delivery.deliver(ticket);
      leaver.join();
    }
    assertThat(received.get() + released.get()).isEqualTo(rounds);
  }
}
