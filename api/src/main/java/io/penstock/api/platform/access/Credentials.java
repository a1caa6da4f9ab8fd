package io.penstock.api.platform.access;

import io.penstock.api.platform.Caller;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** A way to prove who one is. Several are asked in their {@code @Order}; the first answers. */
public interface Credentials {

  /** Header by which somebody of several organizations names one: its id or its name. */
  String ORGANIZATION_HEADER = "OpenAI-Organization";

  /** Names the project that a request is for; that of the key, or the request is refused. */
  String PROJECT_HEADER = "OpenAI-Project";

  /** Whether the request carries this kind at all. */
  boolean present(ServerWebExchange exchange);

  /**
   * Who the request is from; an error when what it carries proves nothing.
   *
   * @param right what the endpoint asks for; null for a URL that has none
   */
  Mono<Caller> check(ServerWebExchange exchange, Right right);
}
