package io.penstock.api.openai;

import io.penstock.api.gateway.Gateway;
import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.gateway.Urgency;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.web.ConnectionLoop;
import io.penstock.engine.core.SamplingParams;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Chat completions, streamed or not. */
@RestController
@Access(Right.INFERENCE)
class ChatCompletionController {
  private static final String PATH = "/v1/chat/completions";

  /** How long a stream waits for its first token before it sends its headers without one. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  private final ModelRegistry models;
  private final Gateway gateway;
  private final Responder responder;
  private final TextWork textWork;
  private final Messages messages;

  ChatCompletionController(
      ModelRegistry models,
      Gateway gateway,
      Responder responder,
      TextWork textWork,
      JsonMapper json) {
    this.models = models;
    this.gateway = gateway;
    this.responder = responder;
    this.textWork = textWork;
    this.messages = new Messages(json);
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
    RequestContext context = RequestContext.of(exchange);
    return textWork
        .run(exchange, () -> prepare(body, deadline, caller, exchange))
        .flatMap(
            call -> {
              ChatAnswer answer = new ChatAnswer(body, call, context);
              return gateway
                  .start(call)
                  .flatMap(
                      generation -> {
                        generation.headers(exchange.getResponse().getHeaders()::set);
                        return call.streamed()
                            ? generation
                                .started(PATIENCE)
                                .then(
                                    Mono.defer(
                                        () ->
                                            responder.events(exchange, answer.stream(generation))))
                            : responder.json(exchange, answer.whole(generation));
                      });
            });
  }

  private GenerationCall prepare(
      ChatCompletionRequest body,
      String deadline,
      Caller.Tenant caller,
      ServerWebExchange exchange) {
    RequestContext context = RequestContext.of(exchange);
    OtherFields.check(body.rest());
    ServedModel model = Requests.model(models, body.model(), caller);
    Urgency urgency = Scheduling.of(body, deadline, caller.plan(), context);
    Requests.includeUsage(body.stream(), body.streamOptions());
    if (body.topLogprobs() != null && !Requests.isTrue(body.logprobs())) {
      throw ApiException.invalid(
          "top_logprobs", "invalid_value", "'top_logprobs' needs 'logprobs' to be true.");
    }
    List<Map<String, Object>> read = messages.read(body.messages());
    int[] prompt =
        ChatPrompt.encode(
            model,
            read,
            null,
            !Boolean.FALSE.equals(body.addGenerationPrompt()),
            false,
            body.chatTemplateKwargs());
    boolean newName = body.maxCompletionTokens() != null;
    int maxTokens =
        ContextLength.maxTokens(
            model,
            prompt.length,
            newName ? body.maxCompletionTokens() : body.maxTokens(),
            newName ? "max_completion_tokens" : "max_tokens",
            model.maxModelLen(),
            "messages");
    Integer topLogprobs =
        Requests.isTrue(body.logprobs())
            ? Integer.valueOf(body.topLogprobs() == null ? 0 : body.topLogprobs())
            : null;
    SamplingParams sampling = Sampling.of(body, model, maxTokens, topLogprobs);
    return new GenerationCall(
        context.requestId(),
        caller,
        model,
        PATH,
        Requests.isTrue(body.stream()),
        context.receivedAt(),
        urgency,
        List.of(prompt),
        sampling,
        body.maxCompletionTokens() != null || body.maxTokens() != null,
        ConnectionLoop.of(exchange));
  }
}
