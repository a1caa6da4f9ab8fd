package io.penstock.api.openai;

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

/** Chat completions, streamed or not. */
@RestController
@Access(Right.INFERENCE)
class ChatCompletionController {
  static final String PATH = "/v1/chat/completions";

  private final ChatCalls calls;
  private final AnswerSender sender;
  private final TextWork textWork;

  ChatCompletionController(ChatCalls calls, AnswerSender sender, TextWork textWork) {
    this.calls = calls;
    this.sender = sender;
    this.textWork = textWork;
  }

  @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  @RefusalResponses
  @ApiResponse(
      responseCode = "200",
      content = {
        @Content(
            mediaType = "application/json",
            schema = @Schema(implementation = ChatCompletion.class)),
        @Content(
            mediaType = "text/event-stream",
            schema = @Schema(implementation = ChatCompletionChunk.class))
      })
  Mono<Void> create(
      @RequestBody ChatCompletionRequest body,
      @Parameter(
              description =
                  "Milliseconds after which the answer is of no use: what cannot be complete by then is refused at once")
          @RequestHeader(name = Scheduling.DEADLINE_HEADER, required = false)
          String deadline,
      @AuthenticationPrincipal Caller.Tenant caller,
      ServerWebExchange exchange) {
    CallSource source = CallSource.of(PATH, deadline, caller, exchange);
    return textWork
        .run(
            exchange,
            isPlain(body),
            () -> new ChatAnswer(body, calls.prepare(body, source), source.context()))
        .flatMap(answer -> sender.send(exchange, answer));
  }

  /** Whether nothing has to be compiled for it, which may take longer than its length tells. */
  private static boolean isPlain(ChatCompletionRequest body) {
    return body.tools() == null && body.rest().isEmpty();
  }
}
