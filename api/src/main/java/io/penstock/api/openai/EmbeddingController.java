package io.penstock.api.openai;

import io.penstock.api.gateway.EmbeddingCall;
import io.penstock.api.gateway.Gateway;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.gateway.Urgency;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.EmbeddingInfo;
import io.penstock.engine.core.EmbeddingParams;
import io.penstock.engine.core.Pooling;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;
import java.util.Locale;
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
  private static final String PATH = "/v1/embeddings";
  private static final List<String> FORMATS = List.of("float", "base64");
  private static final List<String> POOLINGS = List.of("mean", "cls", "last");

  private final ModelRegistry models;
  private final Gateway gateway;
  private final Responder responder;
  private final TextWork textWork;

  EmbeddingController(
      ModelRegistry models, Gateway gateway, Responder responder, TextWork textWork) {
    this.models = models;
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
        .run(() -> prepare(body, source))
        .flatMap(gateway::embed)
        .flatMap(
            embedding -> {
              embedding.headers(exchange.getResponse().getHeaders()::set);
              return responder.json(
                  exchange,
                  embedding
                      .result()
                      .map(
                          result ->
                              EmbeddingList.of(
                                  body.model(), result, "base64".equals(body.encodingFormat()))));
            });
  }

  private EmbeddingCall prepare(EmbeddingRequest body, CallSource source) {
    OtherFields.check(body.rest());
    ServedModel model = Requests.embeddingModel(models, body.model(), source.caller());
    Urgency urgency = Scheduling.of(body, source);
    oneOf("encoding_format", body.encodingFormat(), FORMATS);
    EmbeddingParams params = params(body, model.embedding().orElseThrow());
    List<int[]> inputs =
        new EmbeddingInputs(
                model, !Boolean.FALSE.equals(body.addSpecialTokens()), body.truncatePromptTokens())
            .read(body.input());
    return new EmbeddingCall(
        source.context().requestId(),
        source.caller(),
        model,
        source.endpoint(),
        source.context().receivedAt(),
        urgency,
        inputs,
        params);
  }

  private static EmbeddingParams params(EmbeddingRequest body, EmbeddingInfo info) {
    int dimensions = body.dimensions() == null ? info.dimensions() : body.dimensions();
    if (dimensions < 1 || dimensions > info.dimensions()) {
      throw Sampling.outOfRange("dimensions", "1 to " + info.dimensions());
    }
    oneOf("pooling", body.pooling(), POOLINGS);
    return new EmbeddingParams(
        body.pooling() == null
            ? info.pooling()
            : Pooling.valueOf(body.pooling().toUpperCase(Locale.ROOT)),
        dimensions,
        body.normalize() == null ? info.normalize() : body.normalize());
  }

  private static void oneOf(String field, String value, List<String> allowed) {
    if (value != null && !allowed.contains(value)) {
      throw ApiException.invalid(
          field,
          "invalid_value",
          "Invalid value for '%s': it must be one of %s."
              .formatted(field, String.join(", ", allowed)));
    }
  }
}
