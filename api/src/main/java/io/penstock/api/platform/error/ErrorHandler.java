package io.penstock.api.platform.error;

import io.penstock.api.platform.RequestContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** Answers every error of every route in OpenAI's shape; logs only faults of ours. */
@Component
@Order(-2) // before Spring Boot's own handler
final class ErrorHandler implements WebExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorHandler.class);

  private final ErrorWriter writer;

  ErrorHandler(ErrorWriter writer) {
    this.writer = writer;
  }

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
    String requestId = RequestContext.of(exchange).requestId();
    ApiException answer = ErrorTranslator.translate(error, exchange.getRequest(), requestId);
    if (answer.status().is5xxServerError() && !(error instanceof ApiException)) {
      LOG.error(
          "{} {} {} failed",
          requestId,
          exchange.getRequest().getMethod(),
          exchange.getRequest().getPath().value(),
          error);
    }
    if (exchange.getResponse().isCommitted()) {
      return Mono.error(error);
    }
    return writer.write(exchange, answer);
  }
}
