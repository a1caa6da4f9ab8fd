package io.penstock.api.openai.messages;

import io.penstock.api.gateway.Generation;
import io.penstock.api.openai.AnswerReader;
import io.penstock.api.openai.ChatCall;
import io.penstock.api.openai.Responder.Named;
import io.penstock.api.openai.tools.AnswerPart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The events of a streamed message: one block after the other, each begun, grown and stopped. */
final class MessageEvents {
  private final ChatCall call;
  private final AnswerReader reader;
  private final String id;
  private int block = -1;
  private String open; // type of the block that is open, or null
  private String stopReason;
  private String stopSequence;

  MessageEvents(ChatCall call, String id) {
    this.call = call;
    this.reader = call.reader();
    this.id = id;
  }

  Flux<Named> of(Generation generation) {
    return Flux.just(start(), event("ping", Map.of()))
        .concatWith(generation.deltas().map(reader::read).concatMapIterable(this::events))
        .concatWith(Mono.fromSupplier(() -> delta(generation)))
        .concatWith(Mono.fromSupplier(() -> event("message_stop", Map.of())));
  }

  private Named start() {
    int promptTokens = call.generation().prompts().getFirst().length;
    return event(
        "message_start",
        Map.of(
            "message",
            new Message(
                id,
                "message",
                "assistant",
                call.model(),
                List.of(),
                null,
                null,
                new Message.Usage(promptTokens, 0, 0, 0, call.serviceTier()))));
  }

  private List<Named> events(AnswerReader.Understood delta) {
    List<Named> events = new ArrayList<>();
    for (AnswerPart part : delta.parts()) {
      switch (part) {
        case AnswerPart.Content(String text) -> {
          open("text", Message.Block.text(""), events);
          events.add(grow(Map.of("type", "text_delta", "text", text)));
        }
        case AnswerPart.Reasoning(String text) -> {
          open("thinking", Message.Block.thinking(""), events);
          events.add(grow(Map.of("type", "thinking_delta", "thinking", text)));
        }
        case AnswerPart.CallStart(_, String callId, String name) -> {
          close(events);
          open(
              "tool_use",
              Message.Block.call(callId, name, JsonMapper.shared().createObjectNode()),
              events);
        }
        case AnswerPart.CallArguments(_, String text) ->
            events.add(grow(Map.of("type", "input_json_delta", "partial_json", text)));
      }
    }
    if (delta.finishReason() != null) {
      close(events);
      Object stopped = delta.delta().ending().stopReason();
      stopReason = Message.stopReason(delta.finishReason(), stopped);
      stopSequence = Message.stopSequence(delta.finishReason(), stopped);
    }
    return events;
  }

  private void open(String type, Message.Block first, List<Named> events) {
    if (type.equals(open)) {
      return;
    }
    close(events);
    open = type;
    block++;
    events.add(event("content_block_start", Map.of("index", block, "content_block", first)));
  }

  private Named grow(Map<String, String> delta) {
    return event("content_block_delta", Map.of("index", block, "delta", delta));
  }

  private void close(List<Named> events) {
    if (open != null) {
      events.add(event("content_block_stop", Map.of("index", block)));
      open = null;
    }
  }

  private Named delta(Generation generation) {
    Map<String, Object> reason = new LinkedHashMap<>();
    reason.put("stop_reason", stopReason);
    reason.put("stop_sequence", stopSequence);
    return event(
        "message_delta",
        Map.of(
            "delta", reason, "usage", Message.Usage.of(generation.outcome(), call.serviceTier())));
  }

  /** The data name the event once more. */
  private static Named event(String type, Map<String, ?> fields) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("type", type);
    data.putAll(fields);
    return new Named(type, data);
  }
}
