package io.penstock.api.platform.metrics;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.swagger.v3.oas.annotations.Hidden;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** All figures in Prometheus' text format. */
@RestController
@Access(Right.PUBLIC)
@Hidden
class MetricsController {
  private static final String FORMAT = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry;

  MetricsController(PrometheusMeterRegistry registry) {
    this.registry = registry;
  }

  @GetMapping(path = "/metrics", produces = FORMAT)
  Mono<String> metrics() {
    return Mono.fromSupplier(() -> registry.scrape(FORMAT))
        .subscribeOn(Schedulers.boundedElastic());
  }
}
