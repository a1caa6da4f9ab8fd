package io.penstock.api.openai;

import io.penstock.api.gateway.Gateway;
import io.penstock.api.gateway.Generation;
import io.penstock.api.gateway.GenerationCall;
import java.time.Duration;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Has calls generated and sends their answers, streamed or not as the call says. */
@Component
public final class AnswerSender {
  /** How long a stream waits for its first token before it sends its headers without one. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Gateway gateway;
  private final Responder responder;

  AnswerSender(Gateway gateway, Responder responder) {
    this.gateway = gateway;
    this.responder = responder;
  }

  Mono<Void> send(ServerWebExchange exchange, Answer answer) {
    return send(
        exchange,
        answer.call(),
        answer::whole,
        generation -> responder.events(exchange, answer.stream(generation)));
  }

  /**
   * @param whole body of an answer that is not streamed
   * @param streamed writes one that is; called when its first token is there, or late
   */
  public Mono<Void> send(
      ServerWebExchange exchange,
      GenerationCall call,
      Function<Generation, Mono<?>> whole,
      Function<Generation, Mono<Void>> streamed) {
    return gateway
        .start(call)
        .flatMap(
            generation -> {
              generation.headers(exchange.getResponse().getHeaders()::set);
              return call.streamed()
                  ? generation.started(PATIENCE).then(Mono.defer(() -> streamed.apply(generation)))
                  : responder.json(exchange, whole.apply(generation));
            });
  }
}
