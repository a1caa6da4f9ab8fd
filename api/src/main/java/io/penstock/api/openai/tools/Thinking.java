package io.penstock.api.openai.tools;

import java.util.function.Consumer;

/**
 * Tells the thoughts of a model, {@code <think>...</think>}, from its answer. A template may end
 * its prompt with the first marker, so that the answer begins within the thoughts. Blanks around
 * the thoughts belong to neither. Not thread-safe.
 */
final class Thinking {
  static final String OPEN = "<think>";
  static final String CLOSE = "</think>";

  private enum Place {
    BEFORE,
    BEGINNING,
    WITHIN,
    BEHIND,
    ANSWER
  }

  private final Consumer<String> reasoning;
  private final Consumer<String> answer;
  private final StringBuilder held = new StringBuilder();
  private Place place;

  /**
   * @param within whether the prompt ended with the first marker
   */
  Thinking(boolean within, Consumer<String> reasoning, Consumer<String> answer) {
    this.place = within ? Place.BEGINNING : Place.BEFORE;
    this.reasoning = reasoning;
    this.answer = answer;
  }

  /** Whether a template makes a model think. */
  static boolean isKnownTo(String template) {
    return template.contains(OPEN) || template.contains(CLOSE);
  }

  boolean within() {
    return place == Place.BEGINNING || place == Place.WITHIN;
  }

  void add(String text) {
    if (place == Place.ANSWER) {
      answer.accept(text);
      return;
    }
    held.append(text);
    Place before;
    do {
      before = place;
      step();
    } while (place != before);
  }

  private void step() {
    switch (place) {
      case BEFORE -> before();
      case BEGINNING -> skipBlanks(Place.WITHIN);
      case WITHIN -> within(false);
      case BEHIND -> skipBlanks(Place.ANSWER);
      case ANSWER -> flush(answer);
    }
  }

  private void before() {
    String text = held.toString();
    String shown = text.stripLeading();
    if (shown.startsWith(OPEN)) {
      held.delete(0, text.length() - shown.length() + OPEN.length());
      place = Place.BEGINNING;
    } else if (!OPEN.startsWith(shown)) {
      place = Place.ANSWER;
    }
  }

  private void skipBlanks(Place next) {
    int blanks = 0;
    while (blanks < held.length() && Character.isWhitespace(held.charAt(blanks))) {
      blanks++;
    }
    held.delete(0, blanks);
    if (!held.isEmpty()) {
      place = next;
    }
  }

  private void within(boolean last) {
    int close = held.indexOf(CLOSE);
    int certain = close >= 0 ? close : held.length() - (last ? 0 : Markers.mayBegin(held, CLOSE));
    int shown = certain - Markers.trailingBlanks(held, certain);
    if (shown > 0) {
      reasoning.accept(held.substring(0, shown));
    }
    if (close >= 0) {
      held.delete(0, close + CLOSE.length());
      place = Place.BEHIND;
    } else {
      held.delete(0, shown);
    }
  }

  /**
   * The answer is over.
   *
   * @param cut whether it was cut off, perhaps within a marker
   */
  void end(boolean cut) {
    if (cut) {
      String marker = within() ? CLOSE : OPEN;
      int begun = Markers.mayBegin(held, marker);
      if (Markers.isMost(begun, marker) && (within() || place == Place.BEFORE)) {
        held.setLength(held.length() - begun);
      }
    }
    if (within()) {
      within(true);
    } else if (place == Place.BEFORE || place == Place.ANSWER) {
      flush(answer);
    }
    held.setLength(0);
  }

  private void flush(Consumer<String> to) {
    if (!held.isEmpty()) {
      to.accept(held.toString());
      held.setLength(0);
    }
  }
}
