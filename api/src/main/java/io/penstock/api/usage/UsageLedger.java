package io.penstock.api.usage;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.api.gateway.AdmissionPort;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Writes one row for each request, off the response's path.
 *
 * <p>A request takes a slot at admission and its row gives the slot back once it is committed. So
 * the memory for rows is bounded, the end of a request never waits and never fails for want of
 * room, and no row is dropped: when the database is away for long, new requests are refused
 * instead. Rows wait in a queue; one thread writes all that wait, up to a batch, in one statement,
 * and tries again until the database takes them.
 */
@Component
class UsageLedger implements AdmissionPort, SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(UsageLedger.class);
  private static final int BATCH = 500;
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration FLUSH_AT_SHUTDOWN = Duration.ofSeconds(15);

  /** Stops after the engines, whose last rows it must write. */
  private static final int PHASE = 500;

  private final UsageStore store;
  private final Semaphore slots;
  private final BlockingQueue<UsageRecord> queue = new LinkedBlockingQueue<>();
  private final Counter refusedRows;
  private volatile boolean stopping;
  private volatile Thread writer;

  UsageLedger(UsageStore store, PenstockProperties properties, MeterRegistry meters) {
    this.store = store;
    this.slots = new Semaphore(properties.usageQueueCapacity());
    this.refusedRows = meters.counter("penstock.usage.rows.refused");
    meters.gauge("penstock.usage.queue.size", queue, BlockingQueue::size);
  }

  @Override
  public Mono<Ticket> admit(RequestInfo request) {
    return Mono.fromSupplier(
        () -> {
          if (!slots.tryAcquire()) {
            throw ApiException.overloaded(
                "Usage cannot be recorded at the moment, so no new requests are taken.",
                Duration.ofSeconds(2));
          }
          return new Slot();
        });
  }

  private final class Slot implements Ticket {
    @Override
    public void settle(RequestInfo request, Outcome outcome) {
      queue.add(UsageRecord.of(request, outcome));
    }

    @Override
    public void release() {
      slots.release();
    }
  }

  @Override
  public void start() {
    stopping = false;
    writer = Thread.ofPlatform().name("usage-writer").daemon().start(this::run);
  }

  private void run() {
    List<UsageRecord> batch = new ArrayList<>(BATCH);
    while (true) {
      try {
        UsageRecord first = queue.poll(stopping ? 0 : 200, TimeUnit.MILLISECONDS);
        if (first == null) {
          if (stopping) {
            return;
          }
          continue;
        }
        batch.add(first);
        queue.drainTo(batch, BATCH - 1);
        write(batch);
      } catch (InterruptedException _) {
        logUnwritten(batch);
        return;
      } finally {
        slots.release(batch.size());
        batch.clear();
      }
    }
  }

  private void write(List<UsageRecord> batch) throws InterruptedException {
    boolean reported = false;
    while (true) {
      try {
        store.insert(batch).block(WRITE_TIMEOUT);
        return;
      } catch (DataIntegrityViolationException e) {
        writeSingly(batch, e);
        return;
      } catch (RuntimeException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (!reported) {
          LOG.warn(
              "{} usage rows wait for the database: {}", batch.size() + queue.size(), e.toString());
          reported = true;
        }
        Thread.sleep(PAUSE);
      }
    }
  }

  /** A row that the database refuses must not hold up the others, nor vanish. */
  private void writeSingly(List<UsageRecord> batch, DataIntegrityViolationException cause)
      throws InterruptedException {
    if (batch.size() == 1) {
      refusedRows.increment();
      LOG.error("The database refuses the usage row {}: {}", batch.getFirst(), cause.getMessage());
      return;
    }
    for (UsageRecord row : batch) {
      write(List.of(row));
    }
  }

  @Override
  public void stop() {
    stopping = true;
    Thread thread = writer;
    try {
      if (thread != null && !thread.join(FLUSH_AT_SHUTDOWN)) {
        thread.interrupt();
        thread.join(Duration.ofSeconds(1));
        List<UsageRecord> rest = new ArrayList<>();
        queue.drainTo(rest);
        logUnwritten(rest);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    writer = null;
  }

  /** The last resort: what the database did not take stands in the log. */
  private static void logUnwritten(List<UsageRecord> rows) {
    rows.forEach(row -> LOG.error("Usage row not written before shutdown: {}", row));
  }

  @Override
  public boolean isRunning() {
    return writer != null;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
