package io.penstock.api.openai;

import io.penstock.api.gateway.Embedding;
import io.penstock.api.gateway.EmbeddingCall;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.gateway.Urgency;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.EmbeddingInfo;
import io.penstock.engine.core.EmbeddingParams;
import io.penstock.engine.core.Pooling;
import java.util.List;
import java.util.Locale;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** From a request for embeddings to what the engine is to do, and back. Takes milliseconds. */
@Component
final class EmbeddingCalls {
  private static final List<String> FORMATS = List.of("float", "base64");
  private static final List<String> POOLINGS = List.of("mean", "cls", "last");

  private final ModelRegistry models;

  EmbeddingCalls(ModelRegistry models) {
    this.models = models;
  }

  /**
   * @throws ApiException for what is wrong with the request
   */
  EmbeddingCall prepare(EmbeddingRequest body, CallSource source) {
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

  /** In the shape that the request asks for. */
  static Mono<EmbeddingList> answer(EmbeddingRequest body, Embedding embedding) {
    return embedding
        .result()
        .map(
            result ->
                EmbeddingList.of(body.model(), result, "base64".equals(body.encodingFormat())));
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
