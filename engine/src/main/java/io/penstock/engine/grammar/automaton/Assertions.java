package io.penstock.engine.grammar.automaton;

import io.penstock.engine.grammar.expr.Assertion;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes the {@link Assertion}s out of a regular expression: the automaton that has them as bytes is
 * run without these bytes, beside what was read last, which tells what holds of what is before, and
 * what is promised of what follows.
 */
final class Assertions {
  // What was read last.
  private static final int NOTHING_YET = 0;
  private static final int WORD = 1;
  private static final int OTHER = 2;
  private static final int BACKSLASH = 3; // of a JSON escape
  private static final int HEX = 4; // so many digits are read of four: HEX + n

  // What may follow, as bits.
  private static final int WORD_FOLLOWS = 1;
  private static final int OTHER_FOLLOWS = 2;
  private static final int END_FOLLOWS = 4;
  private static final int ANYTHING = WORD_FOLLOWS | OTHER_FOLLOWS | END_FOLLOWS;

  private final Dfa marked;
  private final boolean json;

  /** A state of the automaton with marks, and what it was promised. */
  private record Way(int state, int follows) {}

  private record Position(int last, Set<Way> ways) {}

  private Assertions(Dfa marked, boolean json) {
    this.marked = marked;
    this.json = json;
  }

  /**
   * @throws io.penstock.engine.core.ConstraintException when it takes too many states
   */
  static Dfa resolved(Expr.Asserting expr, int mostNodes) {
    Dfa marked = Automaton.dfa(expr.part(), mostNodes);
    return marked.isEmpty() ? marked : new Assertions(marked, expr.isJson()).resolved();
  }

  private Dfa resolved() {
    Map<Position, Integer> numbers = new HashMap<>();
    List<Position> found = new ArrayList<>();
    List<int[]> rows = new ArrayList<>();
    number(closed(NOTHING_YET, Set.of(new Way(0, ANYTHING))), numbers, found);
    for (int i = 0; i < found.size(); i++) {
      Dfa.requireFew(found.size());
      int[] row = new int[256];
      Arrays.fill(row, Dfa.DEAD);
      for (int b = 0; b < Assertion.START.mark(); b++) {
        Position next = after(found.get(i), b);
        if (next != null) {
          row[b] = number(next, numbers, found);
        }
      }
      rows.add(row);
    }
    boolean[] accepting = new boolean[found.size()];
    for (int i = 0; i < accepting.length; i++) {
      accepting[i] =
          found.get(i).ways().stream()
              .anyMatch(
                  way -> marked.accepting()[way.state()] && (way.follows() & END_FOLLOWS) != 0);
    }
    return Dfa.trimmed(rows.toArray(int[][]::new), accepting);
  }

  private static int number(
      Position position, Map<Position, Integer> numbers, List<Position> found) {
    Integer known = numbers.get(position);
    if (known == null) {
      known = found.size();
      numbers.put(position, known);
      found.add(position);
    }
    return known;
  }

  private Position after(Position position, int value) {
    int last = last(position.last(), value);
    int follows = isWord(value) ? WORD_FOLLOWS : OTHER_FOLLOWS;
    boolean within = position.last() >= BACKSLASH; // of an escape, whose backslash was judged
    Set<Way> ways = new LinkedHashSet<>();
    for (Way way : position.ways()) {
      int to = marked.next()[way.state()][value];
      if (to != Dfa.DEAD && (within || (way.follows() & follows) != 0)) {
        ways.add(new Way(to, ANYTHING));
      }
    }
    return ways.isEmpty() ? null : closed(last, ways);
  }

  /** Escapes stand for characters that are no word's. */
  private int last(int before, int value) {
    if (before == BACKSLASH) {
      return value == 'u' ? HEX : OTHER;
    }
    if (before >= HEX) {
      return before == HEX + 3 ? OTHER : before + 1;
    }
    if (json && value == '\\') {
      return BACKSLASH;
    }
    return isWord(value) ? WORD : OTHER;
  }

  private static boolean isWord(int value) {
    return value >= '0' && value <= '9'
        || value >= 'a' && value <= 'z'
        || value >= 'A' && value <= 'Z'
        || value == '_';
  }

  /** With what is reached by assertions that hold, or will. */
  private Position closed(int last, Set<Way> ways) {
    Set<Way> all = new LinkedHashSet<>(ways);
    List<Way> open = new ArrayList<>(ways);
    while (!open.isEmpty() && last < BACKSLASH) {
      Way way = open.removeLast();
      for (Assertion assertion : Assertion.values()) {
        int to = marked.next()[way.state()][assertion.mark()];
        int follows = way.follows() & follows(assertion, last);
        if (to != Dfa.DEAD && follows != 0) {
          Way reached = new Way(to, follows);
          if (all.add(reached)) {
            open.add(reached);
          }
        }
      }
    }
    return new Position(last, all);
  }

  /** What must follow where an assertion holds; nothing where it does not. */
  private static int follows(Assertion assertion, int last) {
    int noWord = OTHER_FOLLOWS | END_FOLLOWS;
    return switch (assertion) {
      case START -> last == NOTHING_YET ? ANYTHING : 0;
      case END -> END_FOLLOWS;
      case BOUNDARY -> last == WORD ? noWord : WORD_FOLLOWS;
      case NO_BOUNDARY -> last == WORD ? WORD_FOLLOWS : noWord;
    };
  }
}
