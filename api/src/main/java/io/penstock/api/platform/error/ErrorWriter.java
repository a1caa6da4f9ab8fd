package io.penstock.api.platform.error;

import io.penstock.api.platform.RequestContext;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Writes an error as the whole response. */
@Component
public final class ErrorWriter {
  private final JsonMapper json;
  private final List<ErrorShape> shapes;

  ErrorWriter(JsonMapper json, List<ErrorShape> shapes) {
    this.json = json;
    this.shapes = shapes;
  }

  public Mono<Void> write(ServerWebExchange exchange, ApiException error) {
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(error.status());
    error.headers().forEach((name, values) -> response.getHeaders().put(name, values));
    response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
    DataBuffer body = response.bufferFactory().wrap(json.writeValueAsBytes(body(exchange, error)));
    response.getHeaders().setContentLength(body.readableByteCount());
    return response.writeWith(Mono.just(body));
  }

  /** In the shape of the API that the request was for. */
  public Object body(ServerWebExchange exchange, ApiException error) {
    return shapes.stream()
        .filter(shape -> shape.appliesTo(exchange.getRequest()))
        .findFirst()
        .map(shape -> shape.body(error, RequestContext.of(exchange).requestId()))
        .orElse(error.body());
  }
}
