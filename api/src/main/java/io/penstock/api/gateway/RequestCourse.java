package io.penstock.api.gateway;

import io.penstock.api.gateway.live.RequestTrace;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.GenerateEvent;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * How an admitted request fares at the engine: what its choices have come to, and the first fault.
 * When the last choice has ended it is accounted for, once.
 */
final class RequestCourse {
  private static final ChoiceStats NOTHING = new ChoiceStats(0, 0, 0, 0, 0, 0);

  private final RequestInfo info;
  private final GatewayMetrics metrics;
  private final Refusals refusals;
  private final Watch watch;
  private final List<AdmissionPort.Ticket> tickets;
  private final RequestEvent event;

  // Guarded by this.
  private final Tally tally;
  private int open;
  private ApiException failure;
  private ChoiceStats firstChoice = NOTHING;

  private RequestTrace trace;

  RequestCourse(
      RequestInfo info,
      GatewayMetrics metrics,
      Refusals refusals,
      Watch watch,
      List<AdmissionPort.Ticket> tickets,
      RequestEvent event) {
    this.info = info;
    this.metrics = metrics;
    this.refusals = refusals;
    this.watch = watch;
    this.tickets = tickets;
    this.event = event;
    this.tally = new Tally(info.promptTokens());
    this.open = info.choices();
  }

  RequestInfo info() {
    return info;
  }

  List<AdmissionPort.Ticket> tickets() {
    return tickets;
  }

  void headers(BiConsumer<String, String> header) {
    tickets.forEach(ticket -> ticket.headers(header));
  }

  /** Tokens were generated. */
  void generated(int tokens) {
    for (int i = 0; i < tickets.size(); i++) { // for each token: without an iterator
      tickets.get(i).generated(tokens);
    }
  }

  /** How its tokens come. */
  GatewayMetrics.TokenLatency latency(ServedModel model) {
    return metrics.tokens(model, info.urgency().tier());
  }

  /** Before anything else is told. */
  RequestTrace begin(Runnable cancel) {
    trace = watch.begin(info, cancel);
    return trace;
  }

  /** Whether this is the first fault, which decides the answer. */
  synchronized boolean fail(ApiException error) {
    boolean first = failure == null;
    failure = first ? error : failure;
    return first;
  }

  /** The first fault; null when there was none. */
  synchronized ApiException failure() {
    return failure;
  }

  /** What the client is told of the engine's refusal, which is counted. */
  ApiException explain(GenerateEvent.Rejected refusal, EngineMetrics load) {
    ApiException refused = refusals.explain(info, refusal, load);
    metrics.refused(info, refused.body().error().code());
    watch.refused(info, refused);
    return refused;
  }

  /**
   * A choice has ended.
   *
   * @param ofPrompt whether it stands for its prompt, see {@link Tally}
   * @param code of the error that its client is told though it did not fail, or null
   * @return whether it was the last
   */
  boolean ended(
      int choice, Outcome.Ending ending, boolean ofPrompt, ChoiceStats stats, String code) {
    trace.computed(choice, stats.computeNanos());
    synchronized (this) {
      firstChoice = choice == 0 ? stats : firstChoice;
      tally.add(ending, ofPrompt, stats);
      tally.refused(code);
      return --open == 0;
    }
  }

  /**
   * Choices were not taken.
   *
   * @param most so many, or all that are open
   * @return whether they were the last
   */
  synchronized boolean rejected(int most, String code) {
    boolean ran = open > 0;
    tally.add(Outcome.Ending.REJECTED, false, NOTHING);
    tally.refused(code);
    open -= Math.min(most, open);
    return ran && open == 0;
  }

  /** Accounts for the request; to be called once, when its last choice has ended. */
  Outcome settle() {
    Outcome outcome;
    synchronized (this) {
      outcome = tally.outcome();
    }
    if (outcome.ending() != Outcome.Ending.REJECTED) {
      refusals.ended(info.model());
    }
    metrics.ended(info, outcome);
    event.ended(outcome);
    watch.ended(trace, outcome, firstChoice);
    tickets.forEach(ticket -> ticket.settle(info, outcome));
    return outcome;
  }
}
