package io.penstock.api.openai;

import io.penstock.api.gateway.Gateway;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Embeddings of texts. */
@RestController
@Access(Right.INFERENCE)
class EmbeddingController {
  static final String PATH = "/v1/embeddings";

  private final EmbeddingCalls calls;
  private final Gateway gateway;
  private final Responder responder;
  private final TextWork textWork;

  EmbeddingController(
      EmbeddingCalls calls, Gateway gateway, Responder responder, TextWork textWork) {
    this.calls = calls;
    this.gateway = gateway;
    this.responder = responder;
    this.textWork = textWork;
  }

  @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  @RefusalResponses
  @ApiResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = EmbeddingList.class)))
  Mono<Void> create(
      @RequestBody EmbeddingRequest body,
      @Parameter(
              description =
                  "Milliseconds after which the answer is of no use: what cannot be complete by then is refused at once")
          @RequestHeader(name = Scheduling.DEADLINE_HEADER, required = false)
          String deadline,
      @AuthenticationPrincipal Caller.Tenant caller,
      ServerWebExchange exchange) {
    CallSource source = CallSource.of(PATH, deadline, caller, exchange);
    return textWork
        .run(() -> calls.prepare(body, source))
        .flatMap(gateway::embed)
        .flatMap(
            embedding -> {
              embedding.headers(exchange.getResponse().getHeaders()::set);
              return responder.json(exchange, EmbeddingCalls.answer(body, embedding));
            });
  }
}
