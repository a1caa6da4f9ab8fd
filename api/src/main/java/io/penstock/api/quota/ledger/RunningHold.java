package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
import io.penstock.api.quota.admission.Bound;
import io.penstock.api.quota.admission.RateLimits;
import io.penstock.api.quota.admission.RefusalAnswer;
import io.penstock.api.quota.admission.Verdict;
import io.penstock.api.quota.price.Price;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A hold of this server whose request runs. The engine's thread counts tokens here; everything else
 * is the ledger's.
 */
final class RunningHold {
  /** Tokens since the last checkpoint with which the next is due: half of what may be lost. */
  private static final int AHEAD = 32;

  private final HoldRecord row;
  private final RequestInfo request;
  private final Price price;
  private final List<Bound> bounds;
  private final Verdict.Granted granted;
  private final RateLimits rates;
  private final long maxTokens;
  private final AtomicLong left;
  private volatile int generated;
  private volatile int checkpoint;
  private volatile boolean due;
  private volatile boolean revoked;

  /**
   * @param maxTokens most tokens of each choice
   */
  RunningHold(
      HoldRecord row,
      RequestInfo request,
      Price price,
      List<Bound> bounds,
      Verdict.Granted granted,
      RateLimits rates,
      long maxTokens) {
    this.row = row;
    this.request = request;
    this.price = price;
    this.bounds = bounds;
    this.granted = granted;
    this.rates = rates;
    this.maxTokens = maxTokens;
    this.left = granted.ends() == null ? null : new AtomicLong(granted.output());
  }

  HoldRecord row() {
    return row;
  }

  Price price() {
    return price;
  }

  List<Bound> bounds() {
    return bounds;
  }

  RateLimits rates() {
    return rates;
  }

  long maxTokens() {
    return maxTokens;
  }

  /**
   * Counts tokens that the engine has generated; called by its thread only.
   *
   * @return whether a checkpoint is due because of them
   */
  boolean generated(int tokens) {
    int now = generated + tokens;
    generated = now; // one writer
    if (now - checkpoint < AHEAD || due) {
      return false;
    }
    due = true;
    return true;
  }

  int generated() {
    return generated;
  }

  /** Whether there is something that the last checkpoint does not have. */
  boolean isAhead() {
    return generated != checkpoint;
  }

  /** So many tokens are in the last checkpoint that is committed. */
  void checkpointed(int tokens) {
    checkpoint = tokens;
    due = false;
  }

  /** A checkpoint was tried in vain. */
  void notCheckpointed() {
    due = false;
  }

  /** False when the hold has no more, or is lost. */
  boolean tryTake(int tokens) {
    if (revoked) {
      return false;
    }
    if (left == null) {
      return true;
    }
    long before = left.get();
    while (before >= tokens) {
      if (left.compareAndSet(before, before - tokens)) {
        return true;
      }
      before = left.get();
    }
    return false;
  }

  void giveBack(int tokens) {
    if (left != null) {
      left.addAndGet(tokens);
    }
  }

  /** The hold is not ours any more: the request ends with its next token. */
  void revoke() {
    revoked = true;
  }

  /** What the choice that it ends says. */
  OpenAiError.Body ended() {
    return revoked
        ? ApiException.overloaded(
                "The server lost its place among the others, so the answer ends here.",
                Duration.ofSeconds(1))
            .body()
            .error()
        : RefusalAnswer.ended(request, granted.ends(), granted.usedThen());
  }
}
