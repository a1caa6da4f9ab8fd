package io.penstock.api.openai;

import io.penstock.api.gateway.Gateway;
import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.gateway.Urgency;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.PenstockProperties;
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
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Text completions, streamed or not. */
@RestController
@Access(Right.INFERENCE)
class CompletionController {
  private static final String PATH = "/v1/completions";
  private static final int DEFAULT_MAX_TOKENS = 16;

  private final ModelRegistry models;
  private final Gateway gateway;
  private final Responder responder;
  private final TextWork textWork;
  private final int mostPrompts;

  CompletionController(
      ModelRegistry models,
      Gateway gateway,
      Responder responder,
      TextWork textWork,
      PenstockProperties properties) {
    this.models = models;
    this.gateway = gateway;
    this.responder = responder;
    this.textWork = textWork;
    this.mostPrompts = properties.maxPromptsPerRequest();
  }

  @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  @RefusalResponses
  @ApiResponse(
      responseCode = "200",
      content = {
        @Content(
            mediaType = "application/json",
            schema = @Schema(implementation = Completion.class)),
        @Content(
            mediaType = "text/event-stream",
            schema = @Schema(implementation = Completion.class))
      })
  Mono<Void> create(
      @RequestBody CompletionRequest body,
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
              CompletionAnswer answer = new CompletionAnswer(body, call, context);
              return gateway
                  .start(call)
                  .flatMap(
                      generation -> {
                        generation.headers(exchange.getResponse().getHeaders()::set);
                        return call.streamed()
                            ? generation
                                .started(ChatCompletionController.PATIENCE)
                                .then(
                                    Mono.defer(
                                        () ->
                                            responder.events(exchange, answer.stream(generation))))
                            : responder.json(exchange, answer.whole(generation));
                      });
            });
  }

  private GenerationCall prepare(
      CompletionRequest body, String deadline, Caller.Tenant caller, ServerWebExchange exchange) {
    RequestContext context = RequestContext.of(exchange);
    OtherFields.check(body.rest());
    ServedModel model = Requests.model(models, body.model(), caller);
    Urgency urgency = Scheduling.of(body, deadline, caller.plan(), context);
    Requests.includeUsage(body.stream(), body.streamOptions());
    if (Requests.isTrue(body.echo()) && body.logprobs() != null) {
      throw ApiException.invalid(
          "echo", "unsupported_parameter", "'echo' together with 'logprobs' is not supported.");
    }
    if (body.logprobs() != null
        && (body.logprobs() < 0 || body.logprobs() > SamplingParams.MAX_TOP_LOGPROBS)) {
      throw Sampling.outOfRange("logprobs", "between 0 and " + SamplingParams.MAX_TOP_LOGPROBS);
    }
    List<int[]> prompts =
        new Prompts(model, !Boolean.FALSE.equals(body.addSpecialTokens()), mostPrompts)
            .read(body.prompt());
    if (body.n() != null && (long) body.n() * prompts.size() > SamplingParams.MAX_N) {
      throw Sampling.outOfRange(
          "n", "at most " + SamplingParams.MAX_N + " together with the number of prompts");
    }
    int longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
    int maxTokens =
        ContextLength.maxTokens(
            model, longest, body.maxTokens(), "max_tokens", DEFAULT_MAX_TOKENS, "prompt");
    return new GenerationCall(
        context.requestId(),
        caller,
        model,
        PATH,
        Requests.isTrue(body.stream()),
        context.receivedAt(),
        urgency,
        prompts,
        Sampling.of(body, model, maxTokens, body.logprobs()),
        body.maxTokens() != null,
        ConnectionLoop.of(exchange));
  }
}
