package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.AdmissionPort;
import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/** Asks the ledger's thread whether a request may run, without waiting for it. */
@Component
final class HoldPort implements AdmissionPort {
  private final LedgerThread ledger;

  HoldPort(LedgerThread ledger) {
    this.ledger = ledger;
  }

  @Override
  public Mono<Ticket> admit(RequestInfo request) {
    return Mono.create(
        sink -> {
          // What follows must not take the ledger's time.
          Place place =
              new Place(
                  request, answer -> Schedulers.parallel().schedule(() -> deliver(sink, answer)));
          sink.onCancel(place::withdraw);
          if (!ledger.place(place)) {
            sink.error(
                ApiException.overloaded(
                    "Usage cannot be recorded at the moment, so no new requests are taken.",
                    Duration.ofSeconds(2)));
          }
        });
  }

  private void deliver(MonoSink<Ticket> sink, Place.Answer answer) {
    switch (answer) {
      case Place.Admitted(RunningHold hold) -> sink.success(new HoldTicket(hold, ledger));
      case Place.Refused(RuntimeException error) -> sink.error(error);
    }
  }
}
