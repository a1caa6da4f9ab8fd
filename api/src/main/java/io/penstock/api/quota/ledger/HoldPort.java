package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.AdmissionPort;
import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Asks the ledger's thread whether a request may run, without waiting for it. */
@Component
final class HoldPort implements AdmissionPort {
  private static final Logger LOG = LoggerFactory.getLogger(HoldPort.class);

  private final LedgerThread ledger;

  /** What follows an answer must not take the time of those who wait for the ledger. */
  private final Scheduler followers = Schedulers.parallel();

  HoldPort(LedgerThread ledger) {
    this.ledger = ledger;
  }

  @Override
  public Mono<Ticket> admit(RequestInfo request) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Ticket> subscriber) {
        Delivery delivery = new Delivery(subscriber);
        Place place = new Place(request, answer -> answered(delivery, answer));
        delivery.onCancel(place::withdraw);
        subscriber.onSubscribe(delivery);
        if (!ledger.place(place)) {
          delivery.refuse(
              ApiException.overloaded(
                  "Usage cannot be recorded at the moment, so no new requests are taken.",
                  Duration.ofSeconds(2)));
        }
      }
    };
  }

  /**
   * Goes on with the request on the ledger's own thread while nobody else needs that, which spares
   * the time that another takes to wake. Refusals are written there, so they are for another.
   */
  private void answered(Delivery delivery, Place.Answer answer) {
    if (answer instanceof Place.Refused || ledger.isWanted()) {
      schedule(() -> follow(delivery, answer));
      return;
    }
    try {
      follow(delivery, answer);
    } catch (RuntimeException e) {
      LOG.error("An admitted request could not be begun", e);
    }
  }

  private void schedule(Runnable task) {
    try {
      followers.schedule(task);
    } catch (RejectedExecutionException _) {
      task.run(); // the server stops
    }
  }

  private void follow(Delivery delivery, Place.Answer answer) {
    switch (answer) {
      case Place.Admitted(RunningHold hold) -> delivery.deliver(new HoldTicket(hold, ledger));
      case Place.Refused(RuntimeException error) -> delivery.refuse(error);
    }
  }
}
