package io.penstock.api.platform.web;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.error.ApiException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Refuses a body that announces itself as too large before a byte of it is read. One that does not
 * announce its length is cut off by {@link StrictJsonDecoder}.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class BodySizeFilter implements WebFilter {
  private final DataSize limit;

  BodySizeFilter(PenstockProperties properties) {
    this.limit = properties.maxBodySize();
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    return exchange.getRequest().getHeaders().getContentLength() > limit.toBytes()
        ? Mono.error(tooLarge(limit))
        : chain.filter(exchange);
  }

  static ApiException tooLarge(DataSize limit) {
    return ApiException.of(
        HttpStatus.CONTENT_TOO_LARGE,
        ApiException.INVALID_REQUEST,
        "request_too_large",
        null,
        "The request body is larger than %d bytes (penstock.max-body-size)."
            .formatted(limit.toBytes()));
  }
}
