package io.penstock.api.gateway;

import io.penstock.api.gateway.live.RequestTrace;
import io.penstock.api.platform.Plan;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.client.ChoiceStep;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.TenantTerms;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * One API request at the engine: each of its prompts is an engine request, their events come back
 * as one stream of deltas.
 *
 * <p>The accounting hangs on the engine's terminal events alone. So it happens exactly once, also
 * when the client has gone, and counts what was generated, not what was read.
 */
public final class Generation {
  private static final ChoiceStats NOTHING = new ChoiceStats(0, 0, 0, 0, 0, 0);

  private final GenerationCall call;
  private final RequestInfo info;
  private final InferenceEngine engine;
  private final GatewayMetrics metrics;
  private final Refusals refusals;
  private final RunningBudgets budgets;
  private final Watch watch;
  private final List<AdmissionPort.Ticket> tickets;
  private final Patience patience;
  private final TranscriptPort transcripts;
  private final RequestEvent event;
  private final DeltaBuffer buffer;
  private final Sinks.Empty<Void> started = Sinks.empty();
  private final AtomicBoolean cancelled = new AtomicBoolean();

  // Guarded by this.
  private final Tally tally;
  private int open;
  private ApiException failure;
  private ChoiceStats firstChoice = NOTHING;
  private final Map<Integer, List<SampledToken>> promptTokens = new HashMap<>();

  /** Null when nothing of it is kept. The engine's thread alone writes it. */
  private final KeptAnswers answers;

  private volatile Outcome outcome;
  private RequestTrace trace;

  Generation(
      GenerationCall call,
      RequestInfo info,
      InferenceEngine engine,
      GatewayMetrics metrics,
      Refusals refusals,
      RunningBudgets budgets,
      Watch watch,
      Patience patience,
      TranscriptPort transcripts,
      List<AdmissionPort.Ticket> tickets,
      RequestEvent event) {
    this.call = call;
    this.info = info;
    this.engine = engine;
    this.metrics = metrics;
    this.refusals = refusals;
    this.budgets = budgets;
    this.watch = watch;
    this.patience = patience;
    this.transcripts = transcripts;
    this.tickets = tickets;
    this.event = event;
    this.buffer = new DeltaBuffer(call.deliveries(), this::cancel);
    this.tally = new Tally(info.promptTokens());
    this.open = info.choices();
    this.answers =
        call.storable() && info.caller().keepsPrompts() ? new KeptAnswers(info.choices()) : null;
  }

  void submit() {
    List<BudgetLease> leases =
        tickets.stream().map(AdmissionPort.Ticket::lease).flatMap(Optional::stream).toList();
    for (int i = 0; i < call.prompts().size(); i++) {
      budgets.open(engineId(i), leases);
    }
    trace = watch.begin(info, this::cancel);
    GatewayMetrics.TokenLatency latency = metrics.tokens(call.model(), info.urgency().tier());
    TenantTerms terms = terms(info.caller().plan());
    SamplingParams sampling = allowed(call.sampling());
    for (int i = 0; i < call.prompts().size(); i++) {
      int prompt = i;
      engine.submit(
          new GenerateRequest(
              engineId(i),
              info.caller().tenantId().toString(),
              info.urgency().tier(),
              info.urgency().priority(),
              call.prompts().get(i),
              sampling,
              terms,
              info.urgency().left(),
              call.constraint(),
              call.promptLogprobs()),
          new TokenClock(latency, listener(prompt)));
    }
  }

  private GenerateListener listener(int prompt) {
    return new GenerateListener() {
      @Override
      public void onEvent(GenerateEvent event) {
        Generation.this.onEvent(prompt, event);
      }

      @Override
      public void onStep(int choice, ChoiceStep step) {
        if (prompt == 0 && choice == 0) {
          trace.step(Watch.step(step));
        }
      }
    };
  }

  static TenantTerms terms(Plan plan) {
    return new TenantTerms(
        plan.weight(), plan.cacheGroup(), plan.maxQueuedRequests(), plan.maxQueuedTokens());
  }

  /** With no more tokens than the tickets allow. */
  private SamplingParams allowed(SamplingParams sampling) {
    long most = sampling.maxTokens();
    for (AdmissionPort.Ticket ticket : tickets) {
      most = Math.min(most, ticket.maxTokens());
    }
    return most == sampling.maxTokens() ? sampling : sampling.withMaxTokens((int) most);
  }

  /**
   * What the answer's headers are to say of the caller's limits.
   *
   * @param header takes name and value
   */
  public void headers(BiConsumer<String, String> header) {
    tickets.forEach(ticket -> ticket.headers(header));
  }

  private String engineId(int prompt) {
    return call.prompts().size() == 1 ? info.requestId() : info.requestId() + "-" + prompt;
  }

  /**
   * Completes with the first token and fails when the request is refused; completes also after a
   * while without either, because a client should not wait for its headers as long as for a place
   * in the queue.
   */
  public Mono<Void> started(Duration atMost) {
    return patience
        .within(atMost, started)
        .publishOn(Schedulers.fromExecutor(call.deliveries()))
        .doOnCancel(this::cancel);
  }

  /**
   * The deltas; fails with an {@link ApiException} when a choice cannot go on. One subscriber;
   * cancelling it ends the generation within one engine step.
   */
  public Flux<ChoiceDelta> deltas() {
    return buffer;
  }

  /**
   * The tokens of a prompt with their log-probabilities, if they were asked for; the first has
   * none. Known with the first delta of a choice of it.
   */
  public synchronized List<SampledToken> promptTokens(int prompt) {
    return promptTokens.get(prompt);
  }

  /** What was used; known when {@link #deltas} has completed. */
  public Outcome outcome() {
    return outcome;
  }

  /** Ends the generation; what was generated is still accounted. */
  public void cancel() {
    if (cancelled.compareAndSet(false, true)) {
      for (int i = 0; i < call.prompts().size(); i++) {
        engine.cancel(engineId(i));
      }
    }
  }

  private void onEvent(int prompt, GenerateEvent event) {
    int first = prompt * call.sampling().n();
    switch (event) {
      case GenerateEvent.Token e -> {
        for (int i = 0; i < tickets.size(); i++) {
          tickets.get(i).generated(1);
        }
        trace.token(first + e.choice(), e.computeNanos());
        if (answers != null) {
          answers.add(first + e.choice(), e.text());
        }
        buffer.add(first + e.choice(), sampled(e.token()), e.text(), null);
        started.tryEmitEmpty();
      }
      case GenerateEvent.Finished e -> finished(prompt, e);
      case GenerateEvent.Rejected e -> rejected(e);
      case GenerateEvent.Prompt e -> {
        synchronized (this) {
          promptTokens.put(prompt, e.tokens().stream().map(Generation::sampled).toList());
        }
      }
      case GenerateEvent.Embedded _ -> throw new IllegalStateException("nothing is embedded");
    }
  }

  private void finished(int prompt, GenerateEvent.Finished e) {
    int first = prompt * call.sampling().n();
    OpenAiError.Body ended = ended(prompt, e);
    if (e.reason() == FinishReason.ERROR) {
      fail(ApiException.internal("The model could not go on: " + e.error()));
    } else if (e.reason() == FinishReason.CANCELLED) {
      fail(
          ApiException.overloaded(
              "The request was cancelled by the server.", Duration.ofSeconds(1)));
    } else {
      if (answers != null) {
        answers.add(first + e.choice(), e.text());
      }
      buffer.add(
          first + e.choice(),
          null,
          e.text(),
          new ChoiceDelta.Ending(e.reason(), e.stopReason(), ended));
      started.tryEmitEmpty();
    }
    trace.computed(first + e.choice(), e.stats().computeNanos());
    boolean last;
    synchronized (this) {
      if (first + e.choice() == 0) {
        firstChoice = e.stats();
      }
      tally.add(Tally.ending(e.reason()), e.choice() == 0, e.stats());
      if (ended != null) {
        tally.refused(ended.code());
      }
      last = --open == 0;
    }
    if (last) {
      settle();
    }
  }

  /** The budget that ended it before its own length did, or null. */
  private OpenAiError.Body ended(int prompt, GenerateEvent.Finished e) {
    return GenerateEvent.BUDGET_ENDED.equals(e.error()) ? budgets.ended(engineId(prompt)) : null;
  }

  private void rejected(GenerateEvent.Rejected e) {
    ApiException refused = refusals.explain(info, e, engine.metrics());
    metrics.refused(info, refused.body().error().code());
    watch.refused(info, refused);
    fail(refused);
    boolean last;
    synchronized (this) {
      tally.add(Outcome.Ending.REJECTED, false, NOTHING);
      tally.refused(refused.body().error().code());
      open -= call.sampling().n();
      last = open == 0;
    }
    if (last) {
      settle();
    }
  }

  /** The first fault decides the answer; the other choices are of no use to the client then. */
  private void fail(ApiException error) {
    synchronized (this) {
      if (failure != null) {
        return;
      }
      failure = error;
    }
    started.tryEmitError(error);
    cancel();
  }

  private void settle() {
    ApiException error;
    synchronized (this) {
      outcome = tally.outcome();
      error = failure;
    }
    for (int i = 0; i < call.prompts().size(); i++) {
      budgets.close(engineId(i));
    }
    if (outcome.ending() != Outcome.Ending.REJECTED) {
      refusals.ended(info.model());
    }
    metrics.ended(info, outcome);
    event.ended(outcome);
    watch.ended(trace, outcome, firstChoice);
    tickets.forEach(ticket -> ticket.settle(info, outcome));
    buffer.end(error);
    if (answers != null && outcome.ending() != Outcome.Ending.REJECTED) {
      transcripts.keep(
          new Transcript(
              info.requestId(),
              info.caller().tenantId(),
              info.caller().projectId(),
              call.model(),
              call.prompts(),
              answers.choices(),
              answers.characters(),
              info.receivedAt()));
    }
  }

  private static SampledToken sampled(TokenLogprob token) {
    return new SampledToken(
        token.id(),
        token.logprob(),
        token.top().isEmpty()
            ? List.of()
            : token.top().stream()
                .map(a -> new SampledToken.Candidate(a.id(), a.logprob()))
                .toList());
  }
}
