package io.penstock.api.prompts;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.api.gateway.Transcript;
import io.penstock.api.gateway.TranscriptPort;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Writes texts on a thread of its own, so that no request waits for it. What there is no room for,
 * or no database, is dropped and counted: accounting does not depend on it.
 */
@Component
class PromptWriter implements TranscriptPort, SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(PromptWriter.class);
  private static final int MOST_WAITING = 1000;
  private static final long MOST_BYTES = 32L << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final long WAKE_MILLIS = 200;

  private final PromptStore store;
  private final BlockingQueue<Transcript> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong bytes = new AtomicLong();
  private final Counter stored;
  private final Counter full;
  private final Counter failed;
  private volatile Thread thread;
  private volatile long stopAt;

  PromptWriter(PromptStore store, MeterRegistry registry) {
    this.store = store;
    this.stored = registry.counter("penstock.prompts.stored");
    this.full = registry.counter("penstock.prompts.dropped", "cause", "full");
    this.failed = registry.counter("penstock.prompts.dropped", "cause", "database");
    Gauge.builder("penstock.prompts.waiting", waiting, BlockingQueue::size).register(registry);
  }

  @Override
  public void keep(Transcript transcript) {
    long size = size(transcript);
    if (bytes.addAndGet(size) > MOST_BYTES || !waiting.offer(transcript)) {
      bytes.addAndGet(-size);
      full.increment();
    }
  }

  /** Whether all that came is written or dropped. */
  boolean idle() {
    return bytes.get() == 0;
  }

  /** What it takes in memory, about. */
  private static long size(Transcript transcript) {
    return 4L * transcript.prompts().stream().mapToLong(p -> p.length).sum()
        + 2L * transcript.answers().stream().mapToLong(String::length).sum();
  }

  @Override
  public void start() {
    stopAt = 0;
    thread = Thread.ofPlatform().daemon().name("stored-prompts").start(this::run);
  }

  private void run() {
    while (stopAt == 0 || !waiting.isEmpty() && System.nanoTime() < stopAt) {
      try {
        Transcript next = waiting.poll(WAKE_MILLIS, TimeUnit.MILLISECONDS);
        if (next != null) {
          write(next);
        }
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void write(Transcript transcript) {
    try {
      if (Boolean.TRUE.equals(store.insert(prompt(transcript)).block(PATIENCE))) {
        stored.increment();
      }
    } catch (RuntimeException e) {
      failed.increment();
      // Not its message: what a database says of a row may have the row in it.
      LOG.debug("{}: texts not kept: {}", transcript.requestId(), e.getClass().getName());
    } finally {
      bytes.addAndGet(-size(transcript));
    }
  }

  private static StoredPrompt prompt(Transcript t) {
    List<String> prompts = t.prompts().stream().map(ids -> t.model().decode(ids, false)).toList();
    long cut = t.answerCharacters() - t.answers().stream().mapToLong(String::length).sum();
    return new StoredPrompt(
        t.requestId(),
        t.tenantId(),
        t.projectId(),
        t.receivedAt(),
        KeptText.cut(prompts),
        KeptText.cut(t.answers()),
        KeptText.bytes(prompts),
        // what was not even kept in memory counts as a byte a character, its least
        KeptText.bytes(t.answers()) + cut);
  }

  @Override
  public void stop() {
    stopAt = System.nanoTime() + LAST_WORDS.toNanos();
    try {
      thread.join(LAST_WORDS.plusSeconds(1));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
    thread = null;
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  /** Ends after what serves requests. */
  @Override
  public int getPhase() {
    return 0;
  }
}
