package io.penstock.api.gateway;

import java.util.Arrays;
import java.util.List;

/** The beginnings of the answers of a request, as they come; not thread-safe. */
final class KeptAnswers {
  private final StringBuilder[] choices;
  private int room = Transcript.MOST_CHARACTERS;
  private long characters;

  KeptAnswers(int choices) {
    this.choices = new StringBuilder[choices];
    Arrays.setAll(this.choices, _ -> new StringBuilder());
  }

  void add(int choice, String text) {
    characters += text.length();
    int taken = Math.min(room, text.length());
    choices[choice].append(text, 0, taken);
    room -= taken;
  }

  /** Of all choices, kept or not. */
  long characters() {
    return characters;
  }

  List<String> choices() {
    return Arrays.stream(choices).map(StringBuilder::toString).toList();
  }
}
