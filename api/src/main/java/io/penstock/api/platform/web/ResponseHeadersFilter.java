package io.penstock.api.platform.web;

import io.penstock.api.platform.RequestContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Headers of every response: the request id, OpenAI's, and those that browsers enforce. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ResponseHeadersFilter implements WebFilter {
  static final String API_VERSION = "2020-10-01";

  /** The console's scripts and styles come from our own origin only; nothing may frame us. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
          + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** Swagger's page has styles and pictures within it. */
  private static final String DESCRIPTION_POLICY =
      CONTENT_SECURITY_POLICY
          .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
          .replace("img-src 'self'", "img-src 'self' data:");

  private static final String DESCRIPTION = "/swagger-ui";

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    RequestContext context = RequestContext.of(exchange);
    HttpHeaders headers = exchange.getResponse().getHeaders();
    headers.set("x-request-id", context.requestId());
    headers.set("openai-version", API_VERSION);
    boolean description = exchange.getRequest().getPath().value().contains(DESCRIPTION);
    headers.set(
        "Content-Security-Policy", description ? DESCRIPTION_POLICY : CONTENT_SECURITY_POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Frame-Options", "DENY");
    exchange
        .getResponse()
        .beforeCommit(
            () -> {
              headers.set("openai-processing-ms", Long.toString(context.elapsedMillis()));
              return Mono.empty();
            });
    return chain.filter(exchange);
  }
}
