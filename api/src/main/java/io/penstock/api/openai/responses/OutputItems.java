package io.penstock.api.openai.responses;

import io.penstock.api.openai.AnswerReader;
import io.penstock.api.openai.tools.AnswerPart;
import java.util.function.BiConsumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The output of a response as it grows, item by item: thoughts, messages, calls; and the events
 * that tell of it. Not thread-safe.
 */
final class OutputItems {
  private static final String TEXT = "text";
  private static final String ARGUMENTS = "arguments";
  private static final String STATUS = "status";

  private final JsonMapper json;
  private final ArrayNode items;
  private final BiConsumer<String, ObjectNode> events;
  private final StringBuilder growing = new StringBuilder();
  private ObjectNode open; // the item that grows, or null
  private ObjectNode part; // its content part, or null

  /**
   * @param events takes each event's type and fields
   */
  OutputItems(JsonMapper json, BiConsumer<String, ObjectNode> events) {
    this.json = json;
    this.items = json.createArrayNode();
    this.events = events;
  }

  ArrayNode items() {
    return items;
  }

  void add(AnswerReader.Understood delta) {
    delta.parts().forEach(this::add);
    if (delta.finishReason() != null) {
      close(delta.finishReason().equals("length") ? "incomplete" : "completed");
    }
  }

  private void add(AnswerPart answer) {
    switch (answer) {
      case AnswerPart.Reasoning(String text) -> {
        begin("reasoning", "rs_", "reasoning_text");
        grow("response.reasoning_text.delta", text);
      }
      case AnswerPart.Content(String text) -> {
        begin("message", "msg_", "output_text");
        grow("response.output_text.delta", text);
      }
      case AnswerPart.CallStart(_, String id, String name) -> {
        close("completed");
        open = json.createObjectNode();
        open.put("id", InputItems.newId("fc_")).put("type", "function_call");
        open.put(STATUS, "in_progress").put(ARGUMENTS, "").put("call_id", id).put("name", name);
        added();
      }
      case AnswerPart.CallArguments(_, String text) ->
          grow("response.function_call_arguments.delta", text);
    }
  }

  private void begin(String type, String prefix, String partType) {
    if (open != null && open.path("type").asString().equals(type)) {
      return;
    }
    close("completed");
    open = json.createObjectNode();
    open.put("id", InputItems.newId(prefix)).put("type", type).put(STATUS, "in_progress");
    if (type.equals("message")) {
      open.put("role", "assistant");
    } else {
      open.putArray("summary");
    }
    open.putArray("content");
    added();
    part = json.createObjectNode().put("type", partType).put(TEXT, "");
    if (type.equals("message")) {
      part.putArray("annotations");
      part.putArray("logprobs");
    }
    events.accept("response.content_part.added", at().set("part", part.deepCopy()));
    ((ArrayNode) open.get("content")).add(part);
  }

  private void added() {
    events.accept("response.output_item.added", item());
    items.add(open);
  }

  private ObjectNode item() {
    ObjectNode event = json.createObjectNode().put("output_index", items.size());
    return event.set("item", open.deepCopy());
  }

  /** Where something happens, for an event. */
  private ObjectNode at() {
    ObjectNode event = json.createObjectNode();
    event.put("item_id", open.path("id").asString()).put("output_index", items.size() - 1);
    return part == null && open.has(ARGUMENTS) ? event : event.put("content_index", 0);
  }

  private void grow(String event, String text) {
    growing.append(text);
    ObjectNode fields = at().put("delta", text);
    if (event.equals("response.output_text.delta")) {
      fields.putArray("logprobs");
    }
    events.accept(event, fields);
  }

  private void close(String status) {
    if (open == null) {
      return;
    }
    String whole = growing.toString();
    growing.setLength(0);
    if (part == null) {
      open.put(ARGUMENTS, whole);
      ObjectNode done = at().put(ARGUMENTS, whole).put("name", open.path("name").asString());
      events.accept("response.function_call_arguments.done", done);
    } else {
      part.put(TEXT, whole);
      ObjectNode done = at().put(TEXT, whole);
      boolean message = open.path("type").asString().equals("message");
      if (message) {
        done.putArray("logprobs");
      }
      events.accept(message ? "response.output_text.done" : "response.reasoning_text.done", done);
      events.accept("response.content_part.done", at().set("part", part.deepCopy()));
    }
    open.put(STATUS, status);
    ObjectNode done = json.createObjectNode().put("output_index", items.size() - 1);
    events.accept("response.output_item.done", done.set("item", open.deepCopy()));
    open = null;
    part = null;
  }
}
