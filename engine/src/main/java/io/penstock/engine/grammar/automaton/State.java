package io.penstock.engine.grammar.automaton;

import java.util.List;

/**
 * All places where the automaton may be after a text: a state of the deterministic automaton, which
 * is worked out as texts need it. Safe for use by many threads; whoever finds a gap fills it under
 * the automaton's lock.
 */
public final class State {
  /** After a text that begins no text of the language. */
  static final State DEAD = new State(null, List.of(), false, 0);

  private final Automaton automaton;
  private final List<Place> places;
  private final boolean accepting;

  // Filled without a lock: a state's fields are final, so whoever sees a reference sees all of it.
  private final State[] next; // by class of bytes; null where not known

  /** What is remembered of it by those who use the automaton. */
  private volatile Object note;

  State(Automaton automaton, List<Place> places, boolean accepting, int classes) {
    this.automaton = automaton;
    this.places = places;
    this.accepting = accepting;
    this.next = new State[classes];
  }

  List<Place> places() {
    return places;
  }

  /** Whether the text so far is complete. */
  public boolean isAccepting() {
    return accepting;
  }

  /** Whether no text may follow; an accepting state then is the end. */
  public boolean isLast() {
    return places.isEmpty();
  }

  /** The state after one more byte, or null when none of the language's texts goes on with it. */
  public State next(int value) {
    return nextOfClass(automaton.classOf(value));
  }

  /** The same by the byte's class, see {@link Automaton#classOf}. */
  public State nextOfClass(int byteClass) {
    State known = next[byteClass];
    if (known == null) {
      known = automaton.step(this, byteClass);
      next[byteClass] = known;
    }
    return known == DEAD ? null : known;
  }

  public Object note() {
    return note;
  }

  public void note(Object remembered) {
    note = remembered;
  }
}
