package io.penstock.api.gateway;

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

  Gateway(List<AdmissionPort> ports, GatewayMetrics metrics) {
    this.ports = ports;
    this.metrics = metrics;
  }

  /** Hands the request to the engine; fails with the refusal of the port that refuses. */
  public Mono<Generation> start(GenerationCall call) {
    RequestInfo info = call.info();
    return admit(info)
        .map(
            tickets -> {
              Generation generation =
                  new Generation(call, info, call.model().engine(), metrics, tickets);
              generation.submit();
              return generation;
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
