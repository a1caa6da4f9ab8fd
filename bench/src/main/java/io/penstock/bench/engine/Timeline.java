package io.penstock.bench.engine;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.TokenLogprob;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Which tokens one request got, and when. */
public final class Timeline {
  private final long submitted = System.nanoTime();
  private final long[] times;
  private final TokenLogprob[] tokens;
  private final CountDownLatch done = new CountDownLatch(1);
  private int count;
  private String failure;

  Timeline(int maxTokens) {
    times = new long[maxTokens];
    tokens = new TokenLogprob[maxTokens];
  }

  void onEvent(GenerateEvent event) {
    switch (event) {
      case GenerateEvent.Token token -> {
        tokens[count] = token.token();
        times[count++] = System.nanoTime();
      }
      case GenerateEvent.Finished finished -> {
        failure = finished.error();
        done.countDown();
      }
      case GenerateEvent.Embedded _, GenerateEvent.Prompt _ ->
          throw new IllegalStateException("nobody asked for it");
      case GenerateEvent.Rejected rejected -> {
        failure = rejected.message();
        done.countDown();
      }
    }
  }

  /**
   * Waits for the end.
   *
   * @throws IllegalStateException when it does not come in time, or not with every token
   */
  public void await(Duration patience) throws InterruptedException {
    if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("no end after " + patience.toSeconds() + " s");
    }
    if (failure != null || count != times.length) {
      throw new IllegalStateException(
          "%d of %d tokens: %s".formatted(count, times.length, failure));
    }
  }

  public long submitted() {
    return submitted;
  }

  /** {@link System#nanoTime} of a token. */
  public long at(int token) {
    return times[token];
  }

  public long last() {
    return times[times.length - 1];
  }

  public int size() {
    return times.length;
  }

  public TokenLogprob token(int index) {
    return tokens[index];
  }

  /** Tokens that came after one moment and not after another. */
  public long within(long after, long until) {
    return Arrays.stream(times).filter(time -> time > after && time <= until).count();
  }
}
