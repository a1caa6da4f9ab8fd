package io.penstock.api.openai.responses;

import io.penstock.api.openai.AnswerSender;
import io.penstock.api.openai.CallSource;
import io.penstock.api.openai.RefusalResponses;
import io.penstock.api.openai.Responder;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.ListPage;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** OpenAI's Responses API: text and tools, streamed or not, kept so that others may go on. */
@RestController
@Access(Right.INFERENCE)
class ResponsesController {
  static final String PATH = "/v1/responses";

  private final ResponseCalls calls;
  private final AnswerSender sender;
  private final Responder responder;
  private final ResponseStore store;

  ResponsesController(
      ResponseCalls calls, AnswerSender sender, Responder responder, ResponseStore store) {
    this.calls = calls;
    this.sender = sender;
    this.responder = responder;
    this.store = store;
  }

  @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  @RefusalResponses
  @ApiResponse(
      responseCode = "200",
      content = {
        @Content(mediaType = "application/json", schema = @Schema(implementation = Object.class)),
        @Content(mediaType = "text/event-stream", schema = @Schema(implementation = Object.class))
      })
  Mono<Void> create(
      @RequestBody ResponsesRequest body,
      @AuthenticationPrincipal Caller.Tenant caller,
      ServerWebExchange exchange) {
    return calls
        .prepare(body, CallSource.of(PATH, null, caller, exchange))
        .flatMap(ready -> answer(ready, exchange));
  }

  private Mono<Void> answer(ResponseCalls.Ready ready, ServerWebExchange exchange) {
    return sender.send(
        exchange,
        ready.call().generation(),
        generation -> calls.whole(ready, generation),
        generation -> {
          ResponseRun run = calls.run(ready);
          return responder.named(
              exchange, run.events(generation, end -> calls.keep(ready, end)), run::failed);
        });
  }

  @GetMapping(PATH + "/{responseId}")
  Mono<Object> get(@PathVariable String responseId, @AuthenticationPrincipal Caller.Tenant caller) {
    return store.find(caller, responseId).map(ResponseStore.Kept::response);
  }

  record DeletedResponse(String id, String object, boolean deleted) {}

  @DeleteMapping(PATH + "/{responseId}")
  Mono<DeletedResponse> delete(
      @PathVariable String responseId, @AuthenticationPrincipal Caller.Tenant caller) {
    return store
        .delete(caller, responseId)
        .thenReturn(new DeletedResponse(responseId, "response", true));
  }

  /** There are none in the background, and only those can be cancelled. */
  @PostMapping(PATH + "/{responseId}/cancel")
  Mono<Object> cancel(
      @PathVariable String responseId, @AuthenticationPrincipal Caller.Tenant caller) {
    return store
        .find(caller, responseId)
        .flatMap(
            _ ->
                Mono.error(
                    ApiException.invalid(
                        null,
                        "Cannot cancel a synchronous response. Close its connection to end one that runs.")));
  }

  @GetMapping(PATH + "/{responseId}/input_items")
  Mono<ListPage<Object>> inputItems(
      @PathVariable String responseId,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(defaultValue = "desc") String order,
      @RequestParam(required = false) String after,
      @AuthenticationPrincipal Caller.Tenant caller) {
    if (!order.equals("asc") && !order.equals("desc")) {
      throw ApiException.invalid("order", "invalid_value", "order must be 'asc' or 'desc'.");
    }
    return store
        .find(caller, responseId)
        .flatMap(
            kept -> {
              List<JsonNode> items = new ArrayList<>();
              kept.input().forEach(items::add);
              List<JsonNode> ordered = order.equals("asc") ? items : items.reversed();
              int from = 0;
              for (int i = 0; after != null && i < ordered.size(); i++) {
                from = id(ordered.get(i)).equals(after) ? i + 1 : from;
              }
              List<JsonNode> rest = ordered.subList(from, ordered.size());
              return ListPage.<Object>of(
                  limit,
                  most -> Flux.fromIterable(rest).take(most).cast(Object.class),
                  item -> id((JsonNode) item));
            });
  }

  private static String id(JsonNode item) {
    return item.path("id").asString();
  }
}
