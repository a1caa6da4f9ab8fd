package io.penstock.api.gateway;

import io.penstock.api.gateway.live.RequestTrace;
import io.penstock.api.platform.Plan;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
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
  private final GenerationCall call;
  private final RequestInfo info;
  private final RequestCourse course;
  private final InferenceEngine engine;
  private final RunningBudgets budgets;
  private final Patience patience;
  private final TranscriptPort transcripts;
  private final DeltaBuffer buffer;
  private final Sinks.Empty<Void> started = Sinks.empty();
  private final AtomicBoolean cancelled = new AtomicBoolean();

  // Guarded by this.
  private final Map<Integer, List<SampledToken>> promptTokens = new HashMap<>();

  /** Null when nothing of it is kept. The engine's thread alone writes it. */
  private final KeptAnswers answers;

  private volatile Outcome outcome;
  private RequestTrace trace;

  Generation(
      GenerationCall call,
      RequestCourse course,
      RunningBudgets budgets,
      Patience patience,
      TranscriptPort transcripts) {
    this.call = call;
    this.info = course.info();
    this.course = course;
    this.engine = call.model().engine();
    this.budgets = budgets;
    this.patience = patience;
    this.transcripts = transcripts;
    this.buffer = new DeltaBuffer(call.deliveries(), this::cancel);
    this.answers =
        call.storable() && info.caller().keepsPrompts() ? new KeptAnswers(info.choices()) : null;
  }

  void submit() {
    List<BudgetLease> leases =
        course.tickets().stream()
            .map(AdmissionPort.Ticket::lease)
            .flatMap(Optional::stream)
            .toList();
    for (int i = 0; i < call.prompts().size(); i++) {
      budgets.open(engineId(i), leases);
    }
    trace = course.begin(this::cancel);
    GatewayMetrics.TokenLatency latency = course.latency(call.model());
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
    for (AdmissionPort.Ticket ticket : course.tickets()) {
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
    course.headers(header);
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
        course.generated(1);
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
    if (course.ended(
        first + e.choice(),
        Tally.ending(e.reason()),
        e.choice() == 0,
        e.stats(),
        ended == null ? null : ended.code())) {
      settle();
    }
  }

  /** The budget that ended it before its own length did, or null. */
  private OpenAiError.Body ended(int prompt, GenerateEvent.Finished e) {
    return GenerateEvent.BUDGET_ENDED.equals(e.error()) ? budgets.ended(engineId(prompt)) : null;
  }

  private void rejected(GenerateEvent.Rejected e) {
    ApiException refused = course.explain(e, engine.metrics());
    fail(refused);
    if (course.rejected(call.sampling().n(), refused.body().error().code())) {
      settle();
    }
  }

  /** The first fault decides the answer; the other choices are of no use to the client then. */
  private void fail(ApiException error) {
    if (course.fail(error)) {
      started.tryEmitError(error);
      cancel();
    }
  }

  private void settle() {
    for (int i = 0; i < call.prompts().size(); i++) {
      budgets.close(engineId(i));
    }
    outcome = course.settle();
    buffer.end(course.failure());
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
