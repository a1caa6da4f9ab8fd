package io.penstock.engine.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings OpenAI's messages into the form that chat templates expect: arguments of tool calls as
 * objects, not as JSON text, and content parts as one text where the template knows only text.
 *
 * @param contentParts whether the template goes through the parts of a content itself
 */
record ChatMessages(boolean contentParts) {
  private static final JsonMapper JSON = JsonMapper.shared();

  List<Map<String, Object>> prepare(List<Map<String, Object>> messages) {
    List<Map<String, Object>> prepared = new ArrayList<>(messages.size());
    for (Map<String, Object> message : messages) {
      Map<String, Object> copy = new LinkedHashMap<>(message);
      if (!contentParts && message.get("content") instanceof List<?> parts) {
        copy.put("content", joined(parts));
      }
      if (message.get("tool_calls") instanceof List<?> calls) {
        copy.put("tool_calls", calls.stream().map(ChatMessages::withParsedArguments).toList());
      }
      prepared.add(copy);
    }
    return prepared;
  }

  /** The texts of the parts, one a line. */
  private static String joined(List<?> parts) {
    List<String> texts = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof String text) {
        texts.add(text);
      } else if (part instanceof Map<?, ?> object && object.get("text") instanceof String text) {
        texts.add(text);
      }
    }
    return String.join("\n", texts);
  }

  private static Object withParsedArguments(Object call) {
    if (!(call instanceof Map<?, ?> object
        && object.get("function") instanceof Map<?, ?> function
        && function.get("arguments") instanceof String arguments)) {
      return call;
    }
    Map<Object, Object> parsedFunction = new LinkedHashMap<>(function);
    parsedFunction.put("arguments", parsed(arguments));
    Map<Object, Object> parsedCall = new LinkedHashMap<>(object);
    parsedCall.put("function", parsedFunction);
    return parsedCall;
  }

  /** The object that the text describes; text that describes none stays as it is. */
  private static Object parsed(String arguments) {
    if (arguments.isBlank()) {
      return Map.of();
    }
    try {
      return JSON.readValue(arguments, Object.class) instanceof Map<?, ?> object
          ? object
          : arguments;
    } catch (JacksonException e) {
      return arguments;
    }
  }
}
