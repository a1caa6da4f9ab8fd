package io.penstock.api.openai.messages;

import io.penstock.api.gateway.Generation;
import io.penstock.api.openai.AnswerSender;
import io.penstock.api.openai.AnswerText;
import io.penstock.api.openai.CallSource;
import io.penstock.api.openai.ChatCall;
import io.penstock.api.openai.ChatCalls;
import io.penstock.api.openai.Responder;
import io.penstock.api.openai.TextWork;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Anthropic's Messages API, streamed or not. */
@RestController
@Access(Right.INFERENCE)
class MessagesController {
  static final String PATH = "/v1/messages";

  private final ToChat toChat;
  private final ChatCalls calls;
  private final AnswerSender sender;
  private final Responder responder;
  private final TextWork textWork;

  MessagesController(
      ToChat toChat, ChatCalls calls, AnswerSender sender, Responder responder, TextWork textWork) {
    this.toChat = toChat;
    this.calls = calls;
    this.sender = sender;
    this.responder = responder;
    this.textWork = textWork;
  }

  @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  @ApiResponse(
      responseCode = "200",
      content = {
        @Content(mediaType = "application/json", schema = @Schema(implementation = Message.class)),
        @Content(mediaType = "text/event-stream", schema = @Schema(implementation = Object.class))
      })
  @ApiResponse(
      responseCode = "400",
      description = "The request is wrong; the message names the field",
      content = @Content(schema = @Schema(implementation = AnthropicErrors.Body.class)))
  @ApiResponse(
      responseCode = "429",
      description = "rate_limit_error: a limit of the tenant's own",
      content = @Content(schema = @Schema(implementation = AnthropicErrors.Body.class)))
  @ApiResponse(
      responseCode = "503",
      description = "overloaded_error: the queue is full",
      content = @Content(schema = @Schema(implementation = AnthropicErrors.Body.class)))
  Mono<Void> create(
      @RequestBody MessagesRequest body,
      @AuthenticationPrincipal Caller.Tenant caller,
      ServerWebExchange exchange) {
    RequestContext context = RequestContext.of(exchange);
    exchange.getResponse().getHeaders().set("request-id", context.requestId());
    return textWork
        .run(() -> prepare(body, false, caller, exchange))
        .flatMap(call -> answer(call, exchange));
  }

  private ChatCall prepare(
      MessagesRequest body, boolean counting, Caller.Tenant caller, ServerWebExchange exchange) {
    var chat = toChat.convert(body, counting);
    try {
      return calls.prepare(chat, CallSource.of(PATH, null, caller, exchange));
    } catch (ApiException e) {
      throw ToChat.renamed(e);
    }
  }

  private Mono<Void> answer(ChatCall call, ServerWebExchange exchange) {
    String requestId = RequestContext.of(exchange).requestId();
    String id = requestId.replaceFirst("req_", "msg_");
    return sender.send(
        exchange,
        call.generation(),
        generation -> whole(call, generation, id),
        generation ->
            responder.named(
                exchange,
                new MessageEvents(call, id).of(generation),
                error -> new Responder.Named("error", AnthropicErrors.of(error, requestId))));
  }

  private static Mono<Message> whole(ChatCall call, Generation generation, String id) {
    var reader = call.reader();
    return generation
        .deltas()
        .map(reader::read)
        .collect(AnswerText::new, AnswerText::add)
        .map(
            answer -> {
              Object stopped = answer.ending().stopReason();
              return new Message(
                  id,
                  "message",
                  "assistant",
                  call.model(),
                  Message.content(answer),
                  Message.stopReason(answer.finishReason(), stopped),
                  Message.stopSequence(answer.finishReason(), stopped),
                  Message.Usage.of(generation.outcome(), call.serviceTier()));
            });
  }

  record TokenCount(int inputTokens) {}

  /** What a request's prompt would have; nothing is generated. */
  @PostMapping(path = PATH + "/count_tokens", consumes = MediaType.APPLICATION_JSON_VALUE)
  Mono<TokenCount> countTokens(
      @RequestBody MessagesRequest body,
      @AuthenticationPrincipal Caller.Tenant caller,
      ServerWebExchange exchange) {
    return textWork.run(
        () ->
            new TokenCount(
                prepare(body, true, caller, exchange).generation().prompts().getFirst().length));
  }
}
