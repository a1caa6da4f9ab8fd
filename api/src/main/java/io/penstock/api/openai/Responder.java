package io.penstock.api.openai;

import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.ErrorTranslator;
import io.penstock.api.platform.error.ErrorWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes answers as JSON or as server-sent events (WHATWG HTML, section 9.2), whatever the {@code
 * Accept} header says: OpenAI's clients ask for JSON and read a stream.
 */
@Component
public final class Responder {
  private static final Logger LOG = LoggerFactory.getLogger(Responder.class);
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

  private static final byte[] EVENT = "event: ".getBytes(StandardCharsets.UTF_8);

  private final JsonMapper json;
  private final ErrorWriter errors;

  Responder(JsonMapper json, ErrorWriter errors) {
    this.json = json;
    this.errors = errors;
  }

  /** An event with a name. */
  public record Named(String event, Object data) {}

  public Mono<Void> json(ServerWebExchange exchange, Mono<?> body) {
    return body.flatMap(
        value -> {
          ServerHttpResponse response = exchange.getResponse();
          byte[] bytes = json.writeValueAsBytes(value);
          response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
          response.getHeaders().setContentLength(bytes.length);
          return response.writeWith(Mono.just(response.bufferFactory().wrap(bytes)));
        });
  }

  /** Each event is flushed at once. An error after the beginning becomes a last event. */
  Mono<Void> events(ServerWebExchange exchange, Flux<?> events) {
    return write(
        exchange,
        events
            .cast(Object.class)
            .onErrorResume(e -> Mono.just(errors.body(exchange, error(exchange, e))))
            .map(this::event)
            .concatWithValues(DONE));
  }

  /**
   * The same with names, and without a last event that says so.
   *
   * @param onError the last event after an error
   */
  public Mono<Void> named(
      ServerWebExchange exchange, Flux<Named> events, Function<ApiException, Named> onError) {
    return write(
        exchange,
        events
            .onErrorResume(e -> Mono.just(onError.apply(error(exchange, e))))
            .map(
                named -> {
                  ByteArrayOutputStream out = new ByteArrayOutputStream(256);
                  out.writeBytes(EVENT);
                  out.writeBytes(named.event().getBytes(StandardCharsets.UTF_8));
                  out.write('\n');
                  out.writeBytes(event(named.data()));
                  return out.toByteArray();
                }));
  }

  private static Mono<Void> write(ServerWebExchange exchange, Flux<byte[]> events) {
    ServerHttpResponse response = exchange.getResponse();
    response.getHeaders().set(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    response.getHeaders().setCacheControl("no-cache");
    response.getHeaders().set("X-Accel-Buffering", "no"); // nginx would hold tokens back
    Flux<DataBuffer> buffers = events.map(bytes -> response.bufferFactory().wrap(bytes));
    return response.writeAndFlushWith(buffers.map(Mono::just));
  }

  private byte[] event(Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    out.writeBytes(DATA);
    out.writeBytes(json.writeValueAsBytes(value));
    out.writeBytes(END);
    return out.toByteArray();
  }

  private static ApiException error(ServerWebExchange exchange, Throwable error) {
    String requestId = RequestContext.of(exchange).requestId();
    if (!(error instanceof ApiException)) {
      LOG.error("{} stream failed", requestId, error);
    }
    return ErrorTranslator.translate(error, exchange.getRequest(), requestId);
  }
}
