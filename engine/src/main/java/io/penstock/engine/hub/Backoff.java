package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.hub.HubErrors.TransientStatusException;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pauses between attempts, twice as long each time, until there were too many in a row. */
final class Backoff {
  private static final Logger log = LoggerFactory.getLogger(Backoff.class);
  private static final int MAX_FAILURES = 5;

  private final Duration firstDelay;
  private int failures;

  Backoff(Duration firstDelay) {
    this.firstDelay = firstDelay;
  }

  /** An attempt got further than those before it. */
  void progressed() {
    failures = 0;
  }

  /**
   * Returns when it is time to try again.
   *
   * @throws IOException {@code cause}, when it was tried often enough
   */
  void failed(String what, IOException cause) throws IOException {
    if (++failures == MAX_FAILURES) {
      throw cause;
    }
    Duration delay = firstDelay.multipliedBy(1L << (failures - 1));
    if (cause instanceof TransientStatusException t && t.retryAfter().compareTo(delay) > 0) {
      delay = t.retryAfter();
    }
    log.info("{}: {}; trying again in {} ms", what, describe(cause), delay.toMillis());
    try {
      Thread.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ModelLoadException("interrupted while fetching " + what, e);
    }
  }

  /** Some network errors of the JDK have no message. */
  static String describe(IOException e) {
    if (e.getMessage() != null) {
      return e.getMessage();
    }
    return e instanceof ConnectException ? "no connection" : e.getClass().getSimpleName();
  }
}
