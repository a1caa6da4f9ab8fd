package io.penstock.api.platform.web;

import java.util.concurrent.Executor;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.scheduler.Schedulers;
import reactor.netty.Connection;

/**
 * The event loop of a request's connection. What is done there for an answer needs no other thread
 * to be woken, which on a processor that slept costs more than the work itself; it must not block.
 */
public final class ConnectionLoop {
  private ConnectionLoop() {}

  public static Executor of(ServerWebExchange exchange) {
    ServerHttpRequest request = exchange.getRequest();
    while (request instanceof ServerHttpRequestDecorator decorator) {
      request = decorator.getDelegate();
    }
    try {
      Object own = ServerHttpRequestDecorator.getNativeRequest(request);
      return own instanceof Connection connection
          ? connection.channel().eventLoop()
          : Schedulers.parallel()::schedule;
    } catch (IllegalArgumentException _) {
      return Schedulers.parallel()::schedule; // no connection, as in a test of a part
    }
  }
}
