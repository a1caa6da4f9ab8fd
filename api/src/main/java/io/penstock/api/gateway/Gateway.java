package io.penstock.api.gateway;

import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The way to the engine: admission first, then one submission for each prompt. */
@Component
public final class Gateway {
  private final List<AdmissionPort> ports;
  private final GatewayMetrics metrics;
  private final Refusals refusals;
  private final RunningBudgets budgets;
  private final Watch watch;
  private final Patience patience;
  private final TranscriptPort transcripts;

  Gateway(
      List<AdmissionPort> ports,
      GatewayMetrics metrics,
      Refusals refusals,
      RunningBudgets budgets,
      Watch watch,
      Patience patience,
      TranscriptPort transcripts) {
    this.ports = ports;
    this.metrics = metrics;
    this.refusals = refusals;
    this.budgets = budgets;
    this.watch = watch;
    this.patience = patience;
    this.transcripts = transcripts;
  }

  /** Hands the request to the engine; fails with the refusal of the port that refuses. */
  public Mono<Generation> start(GenerationCall call) {
    return admitted(
        call.info(),
        course -> {
          Generation generation = new Generation(call, course, budgets, patience, transcripts);
          generation.submit();
          return generation;
        });
  }

  /** The same for a request to embed. */
  public Mono<Embedding> embed(EmbeddingCall call) {
    return admitted(
        call.info(),
        course -> {
          Embedding embedding = new Embedding(call, course);
          embedding.submit();
          return embedding;
        });
  }

  private <T> Mono<T> admitted(RequestInfo info, Function<RequestCourse, T> submit) {
    return Mono.defer(
        () -> {
          Tickets tickets = new Tickets(System.nanoTime());
          return inTime(info)
              .then(admit(info, tickets))
              .doOnError(ApiException.class, e -> refused(info, e))
              .then(Mono.fromSupplier(() -> begin(info, tickets, submit)))
              .doOnError(_ -> tickets.release())
              .doOnCancel(tickets::release);
        });
  }

  /** Null, which is nothing, when the client has left meanwhile. */
  private <T> T begin(RequestInfo info, Tickets tickets, Function<RequestCourse, T> submit) {
    List<AdmissionPort.Ticket> taken = tickets.take();
    if (taken == null) {
      return null;
    }
    RequestEvent event = RequestEvent.submitted(info.receivedAt(), tickets.askedNanos());
    return submit.apply(new RequestCourse(info, metrics, refusals, watch, taken, event));
  }

  private void refused(RequestInfo info, ApiException refusal) {
    metrics.refused(info, refusal.body().error().code());
    watch.refused(info, refusal);
  }

  /** What waited for its tokens to be counted until its deadline need not wait any longer. */
  private static Mono<Void> inTime(RequestInfo info) {
    return Mono.fromRunnable(
        () -> {
          Duration left = info.urgency().left();
          if (left != null && !left.isPositive()) {
            throw Refusals.deadline("The request's deadline passed before it could be submitted.");
          }
        });
  }

  /** A ticket that comes when nobody waits for it any more is released. */
  private Mono<Void> admit(RequestInfo info, Tickets tickets) {
    return Flux.fromIterable(ports)
        .concatMap(
            port ->
                port.admit(info)
                    .doOnNext(tickets::add)
                    .doOnDiscard(AdmissionPort.Ticket.class, AdmissionPort.Ticket::release),
            0)
        .then();
  }
}
