package io.penstock.api.openai.responses;

import io.penstock.api.gateway.Generation;
import io.penstock.api.openai.CallSource;
import io.penstock.api.openai.ChatCall;
import io.penstock.api.openai.ChatCalls;
import io.penstock.api.openai.TextWork;
import io.penstock.api.platform.error.ApiException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** From a request for a response to a chat that can be run, and what becomes of its answer. */
@Component
final class ResponseCalls {
  private static final Logger LOG = LoggerFactory.getLogger(ResponseCalls.class);

  private final ResponseChat chats;
  private final ChatCalls calls;
  private final TextWork textWork;
  private final ResponseStore store;
  private final JsonMapper json;

  ResponseCalls(
      ResponseChat chats,
      ChatCalls calls,
      TextWork textWork,
      ResponseStore store,
      JsonMapper json) {
    this.chats = chats;
    this.calls = calls;
    this.textWork = textWork;
    this.store = store;
    this.json = json;
  }

  /**
   * A request that is ready.
   *
   * @param input items, as they are kept
   */
  record Ready(
      ResponsesRequest body,
      CallSource source,
      ArrayNode input,
      ChatCall call,
      ResponseObject response) {}

  /** Fails with an {@link ApiException} for what is wrong with the request. */
  Mono<Ready> prepare(ResponsesRequest body, CallSource source) {
    return store
        .before(source.caller(), body.previousResponseId())
        .flatMap(before -> textWork.run(() -> ready(body, before, source)));
  }

  private Ready ready(ResponsesRequest body, List<JsonNode> before, CallSource source) {
    ArrayNode input = chats.input(body);
    ChatCall call = chat(body, before, input, source);
    String id = source.context().requestId().replaceFirst("req_", "resp_");
    return new Ready(
        body, source, input, call, new ResponseObject(json, body, call, source.context(), id));
  }

  private ChatCall chat(
      ResponsesRequest body, List<JsonNode> before, ArrayNode input, CallSource source) {
    var chat = chats.convert(body, before, input);
    try {
      return calls.prepare(chat, source);
    } catch (ApiException e) {
      throw ResponseChat.renamed(e);
    }
  }

  ResponseRun run(Ready ready) {
    return new ResponseRun(json, ready.response, ready.call.reader());
  }

  /** The answer when it is complete, and kept if it is to be. */
  Mono<ObjectNode> whole(Ready ready, Generation generation) {
    return run(ready).whole(generation, end -> keep(ready, end));
  }

  /** What cannot be kept is answered all the same, and says that it was not. */
  Mono<ObjectNode> keep(Ready ready, ObjectNode response) {
    if (!ready.body.stored()) {
      return Mono.just(response);
    }
    return store
        .insert(ready.source.caller(), ready.body.previousResponseId(), ready.input, response)
        .onErrorResume(
            e -> {
              LOG.warn("{} could not be kept: {}", ready.response.id(), e.toString());
              ready.response.notStored();
              return Mono.empty();
            })
        .thenReturn(response);
  }
}
