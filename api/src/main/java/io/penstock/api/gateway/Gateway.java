package io.penstock.api.gateway;

import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  Gateway(
      List<AdmissionPort> ports,
      GatewayMetrics metrics,
      Refusals refusals,
      RunningBudgets budgets) {
    this.ports = ports;
    this.metrics = metrics;
    this.refusals = refusals;
    this.budgets = budgets;
  }

  /** Hands the request to the engine; fails with the refusal of the port that refuses. */
  public Mono<Generation> start(GenerationCall call) {
    RequestInfo info = call.info();
    return inTime(info)
        .then(admit(info))
        .doOnError(ApiException.class, e -> metrics.refused(info, e.body().error().code()))
        .map(
            tickets -> {
              Generation generation =
                  new Generation(
                      call, info, call.model().engine(), metrics, refusals, budgets, tickets);
              generation.submit();
              return generation;
            });
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

  private Mono<List<AdmissionPort.Ticket>> admit(RequestInfo info) {
    return Mono.defer(
        () -> {
          List<AdmissionPort.Ticket> tickets = new ArrayList<>(ports.size());
          return Flux.fromIterable(ports)
              .concatMap(port -> port.admit(info), 0)
              .doOnNext(tickets::add)
              .doOnError(_ -> tickets.forEach(AdmissionPort.Ticket::release))
              .then(Mono.fromSupplier(() -> List.copyOf(tickets)));
        });
  }
}
