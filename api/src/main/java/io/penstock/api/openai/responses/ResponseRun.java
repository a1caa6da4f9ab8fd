package io.penstock.api.openai.responses;

import io.penstock.api.gateway.Generation;
import io.penstock.api.openai.AnswerReader;
import io.penstock.api.openai.Responder.Named;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One response from its first token to its end, whole or as events. Used once. */
final class ResponseRun {
  private final JsonMapper json;
  private final ResponseObject response;
  private final AnswerReader reader;
  private final OutputItems output;
  private final List<Named> pending = new ArrayList<>();
  private boolean cut;
  private int sequence;

  ResponseRun(JsonMapper json, ResponseObject response, AnswerReader reader) {
    this.json = json;
    this.response = response;
    this.reader = reader;
    this.output = new OutputItems(json, (type, fields) -> pending.add(event(type, fields)));
  }

  /**
   * @param keep told of the end; gives back what clients are told of it
   */
  Mono<ObjectNode> whole(Generation generation, Function<ObjectNode, Mono<ObjectNode>> keep) {
    return generation
        .deltas()
        .doOnNext(
            delta -> {
              add(reader.read(delta));
              pending.clear(); // nobody listens
            })
        .then(Mono.defer(() -> keep.apply(finished(generation))));
  }

  Flux<Named> events(Generation generation, Function<ObjectNode, Mono<ObjectNode>> keep) {
    return Flux.just(of("response.created"), of("response.in_progress"))
        .concatWith(generation.deltas().concatMapIterable(delta -> taken(reader.read(delta))))
        .concatWith(
            Mono.defer(() -> keep.apply(finished(generation)))
                .map(
                    end ->
                        event(
                            cut ? "response.incomplete" : "response.completed",
                            json.createObjectNode().set("response", end))));
  }

  private void add(AnswerReader.Understood delta) {
    output.add(delta);
    cut |= "length".equals(delta.finishReason());
  }

  private List<Named> taken(AnswerReader.Understood delta) {
    add(delta);
    List<Named> taken = List.copyOf(pending);
    pending.clear();
    return taken;
  }

  private ObjectNode finished(Generation generation) {
    return response.finished(output.items(), generation.outcome(), reader.reasoningTokens(), cut);
  }

  /** The last event of a stream that broke off. */
  Named failed(ApiException error) {
    OpenAiError.Body body = error.body().error();
    return event(
        "response.failed",
        json.createObjectNode()
            .set(
                "response",
                response.failed(
                    output.items(),
                    body.code() == null ? "server_error" : body.code(),
                    body.message())));
  }

  private Named of(String type) {
    return event(type, json.createObjectNode().set("response", response.snapshot()));
  }

  private Named event(String type, ObjectNode fields) {
    ObjectNode data = json.createObjectNode().put("type", type);
    data.put("sequence_number", sequence++);
    return new Named(type, data.setAll(fields));
  }
}
