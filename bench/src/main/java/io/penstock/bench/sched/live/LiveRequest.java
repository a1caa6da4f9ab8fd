package io.penstock.bench.sched.live;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One request and what became of it; to be read after {@link #await}. */
final class LiveRequest implements GenerateListener {
  final int tenant;
  final boolean counts; // due in the window that is measured
  private final long due;
  private final int maxTokens;
  private final long windowStart;
  private final long windowEnd;
  private final CountDownLatch ended = new CountDownLatch(1);
  private long first;
  private int tokens;
  private int windowTokens;
  private int ends;
  private boolean refused;
  private String failure;

  /**
   * @param due when it has to be sent, as all times here by {@link System#nanoTime}
   */
  LiveRequest(int tenant, long due, int maxTokens, long windowStart, long windowEnd) {
    this.tenant = tenant;
    this.due = due;
    this.maxTokens = maxTokens;
    this.windowStart = windowStart;
    this.windowEnd = windowEnd;
    this.counts = due - windowStart >= 0 && due - windowEnd < 0;
  }

  @Override
  public void onEvent(GenerateEvent event) {
    switch (event) {
      case GenerateEvent.Token _ -> {
        long now = System.nanoTime();
        if (tokens++ == 0) {
          first = now;
        }
        if (now - windowStart >= 0 && now - windowEnd < 0) {
          windowTokens++;
        }
      }
      case GenerateEvent.Finished finished -> {
        failure = finished.error();
        end();
      }
      case GenerateEvent.Embedded _, GenerateEvent.Prompt _ ->
          throw new IllegalStateException("nobody asked for it");
      case GenerateEvent.Rejected _ -> {
        refused = true;
        end();
      }
    }
  }

  private void end() {
    ends++;
    ended.countDown();
  }

  /**
   * @throws IllegalStateException when it does not end in time
   */
  void await(Duration patience) throws InterruptedException {
    if (!ended.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("no end after " + patience.toSeconds() + " s");
    }
  }

  boolean refused() {
    return refused;
  }

  /** Answered once, with every token, or refused before any. */
  boolean whole() {
    return ends == 1 && failure == null && tokens == requested();
  }

  /** Tokens that it has to get. */
  int requested() {
    return refused ? 0 : maxTokens;
  }

  int tokens() {
    return tokens;
  }

  /** Tokens that it got in the window. */
  int windowTokens() {
    return windowTokens;
  }

  /**
   * From the moment when it had to be sent to its first token; to the window's end if none came.
   */
  double firstMillis() {
    return ((tokens > 0 ? first : windowEnd) - due) / 1e6;
  }
}
