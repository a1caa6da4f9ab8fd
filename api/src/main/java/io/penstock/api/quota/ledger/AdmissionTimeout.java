package io.penstock.api.quota.ledger;

import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * Answers requests that have waited too long for admission, because a database that neither answers
 * nor goes away keeps the ledger's thread. Should one of them be admitted after all, its hold is
 * released.
 */
final class AdmissionTimeout {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final long LOOK_MILLIS = 250;

  private final Supplier<List<Place>> waiting;
  private volatile Disposable timer;

  /**
   * @param waiting all that have not been answered; may be asked by any thread
   */
  AdmissionTimeout(Supplier<List<Place>> waiting) {
    this.waiting = waiting;
  }

  void start() {
    timer =
        Schedulers.parallel()
            .schedulePeriodically(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    long now = System.nanoTime();
    for (Place place : waiting.get()) {
      if (now - place.sinceNanos() > PATIENCE.toNanos()) {
        place.answer(
            new Place.Refused(
                ApiException.overloaded(
                    "Usage cannot be recorded at the moment, so no new requests are taken.",
                    PATIENCE)));
      }
    }
  }

  void stop() {
    timer.dispose();
  }
}
