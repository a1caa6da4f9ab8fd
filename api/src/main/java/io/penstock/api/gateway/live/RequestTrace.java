package io.penstock.api.gateway.live;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One request on its way through an engine of this server, and for a while after it has ended.
 * Written by the engine's thread, read by any.
 */
public final class RequestTrace {
  private static final long NONE = -1;

  private final Subject subject;
  private final TenantFigures tenant;

  /** Null once it has ended: it leads to all that served the request, and a trace is kept for long. */
  private volatile Runnable cancel;

  private final TokenGaps gaps = new TokenGaps();
  private final long submittedNanos = System.nanoTime();
  private final double[] computeNanos;
  private long lastTokenNanos = NONE;

  private volatile long firstTokenNanos = NONE;
  private volatile int tokens;
  private volatile Ended ended;
  private volatile String waitedFor;

  /** Of the first choice, while it runs; as many as the engine notes. */
  private final List<Step> steps = new CopyOnWriteArrayList<>();

  RequestTrace(Subject subject, TenantFigures tenant, Runnable cancel) {
    this.subject = subject;
    this.tenant = tenant;
    this.cancel = cancel;
    this.computeNanos = new double[subject.choices()];
  }

  /**
   * Who asked for what.
   *
   * @param weight of the tenant's plan: its share when others wait too
   * @param tier name of the tier that serves it
   * @param promptTokens of all prompts
   * @param maxTokens most that all choices may generate
   */
  public record Subject(
      String requestId,
      UUID tenantId,
      String tenant,
      double weight,
      UUID projectId,
      UUID keyId,
      String model,
      String endpoint,
      boolean streamed,
      String tier,
      int choices,
      int promptTokens,
      long maxTokens,
      Instant receivedAt) {}

  /**
   * How it ended. Times are from submission.
   *
   * @param reason stop, length, cancelled, error or rejected
   * @param errorCode what the client was told, or null
   * @param steps chunks and pauses of the first choice, in order
   */
  public record Ended(
      Instant at,
      String reason,
      String errorCode,
      int cachedTokens,
      int completionTokens,
      long queuedNanos,
      long firstTokenNanos,
      long totalNanos,
      long computeNanos,
      List<Step> steps) {}

  /**
   * @param kind prefill, paused or resumed
   * @param atNanos from submission
   */
  public record Step(String kind, long atNanos, int tokens) {}

  /**
   * Times between tokens of the first choice.
   *
   * @param stride tokens that one value stands for: the longest of their gaps
   */
  public record Gaps(int stride, int[] micros) {}

  /**
   * @param computed the choice's part of the device's time so far, nanoseconds
   */
  public void token(int choice, double computed) {
    long now = System.nanoTime();
    if (firstTokenNanos == NONE) {
      firstTokenNanos = now - submittedNanos;
    }
    if (choice == 0) {
      if (lastTokenNanos != NONE) {
        gaps.add(now - lastTokenNanos);
      }
      lastTokenNanos = now;
    }
    tokens++; // by the engine's thread only
    tenant.tokens.increment();
    computed(choice, computed);
  }

  /** What a choice has used by now; what is new of it counts for its tenant. */
  public void computed(int choice, double nanos) {
    double more = nanos - computeNanos[choice];
    if (more > 0) {
      computeNanos[choice] = nanos;
      tenant.computeNanos.add(more);
    }
  }

  /** A chunk of the first choice's prompt, or a pause that is over. */
  public void step(Step step) {
    steps.add(step);
  }

  /** In order; of what runs, those so far. */
  public List<Step> steps() {
    Ended how = ended;
    return how == null ? List.copyOf(steps) : how.steps();
  }

  /** Whoever looks at those that wait says what this one waits for. */
  public void waitsFor(String reason) {
    waitedFor = reason;
  }

  /** What it was seen to wait for last; null when nobody looked while it waited. */
  public String waitedFor() {
    return waitedFor;
  }

  void end(Ended how) {
    ended = how;
    cancel = null;
    steps.clear();
  }

  void cancel() {
    Runnable act = cancel;
    if (act != null) {
      act.run();
    }
  }

  public Subject subject() {
    return subject;
  }

  /** Null while it runs. */
  public Ended ended() {
    return ended;
  }

  public int tokens() {
    return tokens;
  }

  /** From submission; negative before the first token. */
  public long firstTokenNanos() {
    return firstTokenNanos;
  }

  public long elapsedNanos() {
    Ended how = ended;
    return how == null ? System.nanoTime() - submittedNanos : how.totalNanos();
  }

  public Gaps gaps() {
    TokenGaps.Series series = gaps.series();
    return new Gaps(series.stride(), series.micros());
  }
}
