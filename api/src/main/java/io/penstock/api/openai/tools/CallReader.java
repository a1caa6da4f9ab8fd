package io.penstock.api.openai.tools;

import java.util.List;
import java.util.Set;

/**
 * Finds tool calls in a text that comes in pieces. What may become part of a marker or of a call is
 * held back until it is decided; what turns out to be none is content. Not thread-safe.
 */
final class CallReader {
  private static final String ARGUMENTS_MARKER = "[ARGS]";
  private static final int LONGEST_NAME = 64;

  private enum Place {
    /** Nothing but blanks so far: a bare call may come. */
    BEGINNING,
    TEXT,
    /** Behind an opening marker, or behind a call: another one may come. */
    CALLS,
    /** Within a name that stands before its arguments. */
    NAME,
    CALL
  }

  private final ToolConvention convention;
  private final Set<String> names;
  private final boolean parallel;
  private final boolean opened;
  private final List<AnswerPart> parts;
  private final StringBuilder held = new StringBuilder();
  private Place place;
  private boolean marked;
  private JsonCall call;
  private String id;
  private int calls;

  /**
   * @param names of the tools that there are
   * @param parallel whether there may be several calls; else what follows the first is dropped
   * @param opened whether the prompt ended with the opening marker
   * @param parts where what is found goes
   */
  CallReader(
      ToolConvention convention,
      Set<String> names,
      boolean parallel,
      boolean opened,
      List<AnswerPart> parts) {
    this.convention = convention;
    this.names = names;
    this.parallel = parallel;
    this.opened = opened;
    this.parts = parts;
    this.place = opened ? Place.CALLS : convention.bare() ? Place.BEGINNING : Place.TEXT;
    this.marked = opened && !convention.bare();
  }

  /** Calls that have begun. */
  int calls() {
    return calls;
  }

  void add(String text) {
    if (!parallel && calls > 0 && call == null) {
      return;
    }
    held.append(text);
    while (step()) {
      if (!parallel && calls > 0 && call == null) {
        held.setLength(0);
      }
    }
  }

  /** Whether something changed, so that more may be decided. */
  private boolean step() {
    return switch (place) {
      case BEGINNING -> beginning();
      case TEXT -> text();
      case CALLS -> calls(false);
      case NAME -> name();
      case CALL -> call();
    };
  }

  private boolean beginning() {
    int at = firstShown();
    if (at == held.length()) {
      return false;
    }
    if (held.charAt(at) == '{') {
      held.delete(0, at);
      begin(new JsonCall());
    } else {
      place = Place.TEXT;
    }
    return true;
  }

  private boolean text() {
    int open = held.indexOf(convention.open());
    int certain = open >= 0 ? open : held.length() - Markers.mayBegin(held, convention.open());
    // Blanks before a call are no content, those before more text are.
    int shown = certain - Markers.trailingBlanks(held, certain);
    content(held.substring(0, shown));
    if (open < 0) {
      held.delete(0, shown);
      return false;
    }
    held.delete(0, open + convention.open().length());
    marked = true;
    place = Place.CALLS;
    return true;
  }

  private boolean calls(boolean last) {
    int at = 0;
    while (at < held.length() && isBetweenCalls(at)) {
      at++;
    }
    held.delete(0, at);
    if (held.isEmpty() || held.length() == 1 && held.charAt(0) == '[' && !last) {
      return false;
    }
    if (held.charAt(0) == '{') {
      begin(new JsonCall());
      return true;
    }
    for (String marker : new String[] {convention.close(), convention.open()}) {
      if (marker != null && startsWith(marker)) {
        held.delete(0, marker.length());
        marked = marker.equals(convention.open());
        place = marked ? Place.CALLS : Place.TEXT;
        return true;
      }
      if (marker != null && !last && marker.startsWith(held.toString())) {
        return false;
      }
    }
    boolean named = convention == ToolConvention.MISTRAL && marked && isNamePart(held.charAt(0));
    place = named ? Place.NAME : Place.TEXT;
    return true;
  }

  private boolean isBetweenCalls(int at) {
    char c = held.charAt(at);
    if (c != '[') {
      return Character.isWhitespace(c) || c == ',' || c == ';' || c == ']';
    }
    // An array of calls; but [TOOL_CALLS] begins the same.
    return at + 1 < held.length() && held.charAt(at + 1) != 'T';
  }

  private boolean name() {
    int end = 0;
    while (end < held.length() && isNamePart(held.charAt(end))) {
      end++;
    }
    String rest = held.substring(end);
    if (end > LONGEST_NAME) {
      place = Place.TEXT;
      return true;
    }
    if (rest.isEmpty() || ARGUMENTS_MARKER.startsWith(rest)) {
      return false;
    }
    if (rest.startsWith(ARGUMENTS_MARKER) || rest.startsWith("{")) {
      String name = held.substring(0, end);
      held.delete(0, end + (rest.startsWith("{") ? 0 : ARGUMENTS_MARKER.length()));
      begin(JsonCall.argumentsOf(name));
    } else {
      place = Place.TEXT;
    }
    return true;
  }

  private static boolean isNamePart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.';
  }

  private void begin(JsonCall next) {
    call = next;
    id = null;
    place = Place.CALL;
  }

  private boolean call() {
    int taken = 0;
    while (taken < held.length() && !call.over() && !isForeign()) {
      call.add(held.charAt(taken++));
    }
    held.delete(0, taken);
    if (call.broken() || isForeign()) {
      giveUp();
      return true;
    }
    if (id == null && call.certain()) {
      id = convention.newId();
      parts.add(new AnswerPart.CallStart(calls, id, call.name()));
      calls++;
    }
    if (id != null) {
      arguments(call.takeArguments());
    }
    if (!call.done()) {
      return false;
    }
    if (call.withoutArguments()) {
      arguments("{}");
    }
    call = null;
    place = Place.CALLS;
    return true;
  }

  private void arguments(String text) {
    if (!text.isEmpty()) {
      parts.add(new AnswerPart.CallArguments(calls - 1, text));
    }
  }

  /** Without a marker, an object is a call only if it names one of the tools. */
  private boolean isForeign() {
    return !marked && call.name() != null && !names.contains(call.name());
  }

  /** It was none: what came of it is content, unless its beginning has been told already. */
  private void giveUp() {
    if (id == null) {
      content((marked && !convention.controlTokens() ? convention.open() : "") + call.raw());
    }
    call = null;
    marked = false;
    place = Place.TEXT;
  }

  /**
   * The answer is over.
   *
   * @param cut whether it was cut off, so that it may end within a marker or a call: what there is
   *     of one then is no content
   */
  void end(boolean cut) {
    if (cut) {
      dropUnfinished();
    }
    if (call != null) {
      giveUp();
    }
    if (place == Place.CALLS) {
      calls(true);
    }
    boolean blank = calls > 0 && firstShown() == held.length();
    if (!blank && (parallel || calls == 0)) {
      content(held.toString());
    }
    held.setLength(0);
  }

  private void dropUnfinished() {
    switch (place) {
      case BEGINNING -> {}
      case TEXT -> {
        int begun = Markers.mayBegin(held, convention.open());
        if (calls > 0 || Markers.isMost(begun, convention.open())) {
          held.setLength(held.length() - begun);
          held.setLength(held.length() - Markers.trailingBlanks(held, held.length()));
        }
      }
      case CALLS, NAME -> held.setLength(0);
      case CALL -> {
        if (opened || marked || calls > 0 || call.name() != null) {
          call = null;
        }
      }
    }
  }

  private void content(String text) {
    if (!text.isEmpty()) {
      parts.add(new AnswerPart.Content(text));
    }
  }

  private int firstShown() {
    int at = 0;
    while (at < held.length() && Character.isWhitespace(held.charAt(at))) {
      at++;
    }
    return at;
  }

  private boolean startsWith(String marker) {
    return held.length() >= marker.length() && held.indexOf(marker) == 0;
  }
}
