package io.penstock.engine.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts a transfer that stands still: the JDK's client bounds the time to the answer's headers, but
 * not the pauses within its body. A read that waits then fails, and the download is resumed.
 */
final class StallGuard implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StallGuard.class);

  private final InputStream body;
  private final long timeoutNanos;
  private final Thread watcher;
  private volatile long lastMove = System.nanoTime();

  StallGuard(InputStream body, Duration timeout) {
    this.body = body;
    this.timeoutNanos = timeout.toNanos();
    this.watcher = Thread.ofVirtual().name("hub-stall-guard").start(this::watch);
  }

  /** Bytes have come. */
  void moved() {
    lastMove = System.nanoTime();
  }

  private void watch() {
    try {
      for (long left = timeoutNanos; left > 0; left = lastMove + timeoutNanos - System.nanoTime()) {
        Thread.sleep(Duration.ofNanos(left));
      }
      log.warn("no bytes for {} s, cutting the connection", timeoutNanos / 1_000_000_000);
      body.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the transfer has ended
    } catch (IOException e) {
      log.debug("closing a stalled transfer", e);
    }
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
