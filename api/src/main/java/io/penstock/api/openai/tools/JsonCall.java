package io.penstock.api.openai.tools;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads one call, {@code {"name": ..., "arguments": {...}}}, character by character, and passes the
 * text of the arguments on as it comes. Keys may stand in either order; {@code parameters} is
 * another word for {@code arguments}, and other keys are skipped. Not thread-safe.
 */
final class JsonCall {
  private static final JsonMapper JSON = JsonMapper.shared();

  private enum Place {
    OBJECT,
    KEY,
    COLON,
    VALUE,
    IN_VALUE,
    BEHIND_VALUE,
    DONE,
    BROKEN
  }

  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder token = new StringBuilder(); // the key or value that is being read
  private final StringBuilder arguments = new StringBuilder(); // not passed on yet
  private Place place = Place.OBJECT;
  private String key;
  private String name;
  private boolean anyArguments;
  private boolean object; // they are one and no JSON text of one
  private boolean alone; // the arguments only: the name stood before
  private int depth;
  private boolean inString;
  private boolean escaped;

  /** A call whose name stood before it; what comes is the object of its arguments. */
  static JsonCall argumentsOf(String name) {
    JsonCall call = new JsonCall();
    call.name = name;
    call.key = "arguments";
    call.place = Place.VALUE;
    call.alone = true;
    return call;
  }

  /** Takes the next character. Nothing is taken once it is {@link #over}. */
  void add(char c) {
    raw.append(c);
    switch (place) {
      case OBJECT -> expect(c, '{', Place.KEY);
      case KEY -> key(c);
      case COLON -> expect(c, ':', Place.VALUE);
      case VALUE -> {
        if (!Character.isWhitespace(c)) {
          beginValue(c);
        }
      }
      case IN_VALUE -> inValue(c);
      case BEHIND_VALUE -> behindValue(c);
      case DONE, BROKEN -> throw new IllegalStateException("the call is over");
    }
  }

  private void expect(char c, char wanted, Place next) {
    if (c == wanted) {
      place = next;
    } else if (!Character.isWhitespace(c)) {
      place = Place.BROKEN;
    }
  }

  private void key(char c) {
    if (inString) {
      token.append(c);
      if (endsString(c)) {
        key = text(token.toString());
        token.setLength(0);
        place = key == null ? Place.BROKEN : Place.COLON;
      }
    } else if (c == '"') {
      inString = true;
      token.append(c);
    } else if (c == '}') {
      place = Place.DONE;
    } else if (c != ',' && !Character.isWhitespace(c)) {
      place = Place.BROKEN;
    }
  }

  private void beginValue(char c) {
    place = Place.IN_VALUE;
    depth = 0;
    anyArguments |= isArguments();
    object |= isArguments() && c == '{';
    inValue(c);
  }

  private void inValue(char c) {
    if (inString) {
      take(c);
      if (endsString(c) && depth == 0) {
        endValue();
      }
      return;
    }
    switch (c) {
      case '"' -> {
        inString = true;
        take(c);
      }
      case '{', '[' -> {
        depth++;
        take(c);
      }
      case '}', ']' -> {
        if (depth == 0) { // of the call itself, behind a number or a word
          endValue();
          behindValue(c);
        } else {
          take(c);
          if (--depth == 0) {
            endValue();
          }
        }
      }
      case ',' -> {
        if (depth == 0) {
          endValue();
          behindValue(c);
        } else {
          take(c);
        }
      }
      default -> take(c);
    }
  }

  private void take(char c) {
    token.append(c);
    if (isArguments() && token.charAt(0) == '{') {
      arguments.append(c);
    }
  }

  private boolean endsString(char c) {
    if (escaped) {
      escaped = false;
    } else if (c == '\\') {
      escaped = true;
    } else if (c == '"') {
      inString = false;
      return true;
    }
    return false;
  }

  private void endValue() {
    String value = token.toString().strip();
    token.setLength(0);
    place = Place.BEHIND_VALUE;
    if (key.equals("name")) {
      name = text(value);
      place = name == null || name.isEmpty() ? Place.BROKEN : place;
    } else if (isArguments() && !value.startsWith("{")) {
      otherArguments(value);
    }
    if (place == Place.BEHIND_VALUE && alone) {
      place = Place.DONE;
    }
  }

  /** Some models write the object as JSON text within a string, or null for none. */
  private void otherArguments(String value) {
    String inner = value.equals("null") ? "{}" : text(value);
    if (inner == null) {
      place = Place.BROKEN;
    } else {
      arguments.append(inner.isBlank() ? "{}" : inner);
    }
  }

  private void behindValue(char c) {
    if (place == Place.BROKEN) {
      return;
    }
    if (c == ',') {
      place = Place.KEY;
    } else if (c == '}') {
      place = Place.DONE;
    } else if (!Character.isWhitespace(c)) {
      place = Place.BROKEN;
    }
  }

  private boolean isArguments() {
    return key.equals("arguments") || key.equals("parameters");
  }

  private static String text(String literal) {
    try {
      return literal.startsWith("\"") ? JSON.readValue(literal, String.class) : null;
    } catch (JacksonException _) {
      return null;
    }
  }

  /** Null until it is known. */
  String name() {
    return name;
  }

  /**
   * Whether it is certain to be a call: its name is known and its arguments, if any, have begun.
   */
  boolean certain() {
    return name != null && place != Place.BROKEN && (object || place == Place.DONE);
  }

  /** Complete. */
  boolean done() {
    return place == Place.DONE;
  }

  /** No call after all. */
  boolean broken() {
    return place == Place.BROKEN || place == Place.DONE && name == null;
  }

  boolean over() {
    return place == Place.DONE || place == Place.BROKEN;
  }

  /** Text of the arguments since the last call of this method. */
  String takeArguments() {
    String taken = arguments.toString();
    arguments.setLength(0);
    return taken;
  }

  /** A call without arguments has an empty object of them. */
  boolean withoutArguments() {
    return !anyArguments;
  }

  /** All that was taken. */
  String raw() {
    return raw.toString();
  }
}
