package io.penstock.api.gateway;

import java.time.Duration;
import java.time.Instant;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * One request's way through the server, for JDK Flight Recorder: where its latency went. The event
 * itself lasts from submission to the engine until its last token or embedding; costs nothing
 * unless recorded.
 */
@Name("penstock.Request")
@Label("Request")
@Category("Penstock")
@StackTrace(false)
final class RequestEvent extends Event {
  @Label("Before admission")
  @Description("HTTP, key, JSON, chat template and tokenizer")
  @Timespan
  long before;

  @Label("Admission")
  @Description("Wait for the ledger's thread, transaction, and back")
  @Timespan
  long admission;

  @Label("First token")
  @Description("From submission to the engine; 0 where none was generated")
  @Timespan
  long firstToken;

  @Label("Tokens")
  long tokens;

  /**
   * Of a request that goes to the engine now.
   *
   * @param asked when admission was asked for, by the monotonic clock
   */
  static RequestEvent submitted(Instant receivedAt, long asked) {
    RequestEvent event = new RequestEvent();
    event.admission = System.nanoTime() - asked;
    event.before = Duration.between(receivedAt, Instant.now()).toNanos() - event.admission;
    event.begin();
    return event;
  }

  void ended(Outcome outcome) {
    end();
    if (shouldCommit()) {
      firstToken = outcome.firstTokenNanos();
      tokens = outcome.completionTokens();
      commit();
    }
  }
}
