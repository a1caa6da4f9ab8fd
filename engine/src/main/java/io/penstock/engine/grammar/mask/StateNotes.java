package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.automaton.State;

/** What masks remember of a state. Written by whoever works it out; the same whoever does. */
final class StateNotes {
  static final int UNKNOWN = -1;

  /** Allowed tokens; null where not known. */
  volatile TokenMask mask;

  /** Tokens that must follow, see {@link MaskSource#forced}; null where not known. */
  volatile int[] forced;

  /** States after one plain character; null where not known, empty where one is not accepted. */
  volatile State[] afterPlain;

  /** Plain characters that are accepted whatever they are. */
  int plainRun = UNKNOWN;

  /** Tokens that complete the text, see {@link Landing}. */
  int distance = UNKNOWN;

  /** The largest distance behind one of its tokens, but at least as much. */
  int farthest = Integer.MAX_VALUE;

  static StateNotes of(State state) {
    if (state.note() instanceof StateNotes notes) {
      return notes;
    }
    StateNotes made = new StateNotes();
    state.note(made);
    return made;
  }
}
