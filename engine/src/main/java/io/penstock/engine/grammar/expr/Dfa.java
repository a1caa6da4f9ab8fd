package io.penstock.engine.grammar.expr;

import io.penstock.engine.core.ConstraintException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntBinaryOperator;

/**
 * A deterministic finite automaton over bytes, state 0 first. From every state an accepting one can
 * be reached, but for {@link #DEAD}.
 *
 * @param next (states)(256) following state, or {@link #DEAD}
 * @param accepting (states)
 */
public record Dfa(int[][] next, boolean[] accepting) {
  public static final int DEAD = -1;

  /** More states take too long to build. */
  public static final int MOST_STATES = 8_000;

  private static final int BYTES = 256;

  public boolean isEmpty() {
    return next.length == 0;
  }

  public boolean accepts(byte[] text) {
    int state = isEmpty() ? DEAD : 0;
    for (int i = 0; i < text.length && state != DEAD; i++) {
      state = next[state][text[i] & 0xFF];
    }
    return state != DEAD && accepting[state];
  }

  /** Texts of both. */
  public Dfa and(Dfa other) {
    return product(other, false);
  }

  /** Texts of this one that are not of the other. */
  public Dfa minus(Dfa other) {
    return product(other, true);
  }

  private Dfa product(Dfa other, boolean minus) {
    if (isEmpty() || other.isEmpty()) {
      return minus ? this : other.isEmpty() ? other : this;
    }
    Map<Long, Integer> numbers = new HashMap<>();
    List<long[]> pairs = new ArrayList<>();
    List<int[]> rows = new ArrayList<>();
    ArrayDeque<Integer> open = new ArrayDeque<>();
    IntBinaryOperator number =
        (a, b) ->
            numbers.computeIfAbsent(
                (long) a << 32 | b & 0xFFFFFFFFL,
                _ -> {
                  pairs.add(new long[] {a, b});
                  open.add(pairs.size() - 1);
                  return pairs.size() - 1;
                });
    number.applyAsInt(0, 0);
    while (!open.isEmpty()) {
      int state = open.remove();
      requireFew(pairs.size());
      int a = (int) pairs.get(state)[0];
      int b = (int) pairs.get(state)[1];
      int[] row = new int[BYTES];
      for (int c = 0; c < BYTES; c++) {
        int toA = next[a][c];
        int toB = b == DEAD ? DEAD : other.next[b][c];
        row[c] = toA == DEAD || !minus && toB == DEAD ? DEAD : number.applyAsInt(toA, toB);
      }
      rows.add(row);
    }
    boolean[] accepts = new boolean[rows.size()];
    for (int i = 0; i < accepts.length; i++) {
      int b = (int) pairs.get(i)[1];
      boolean both = b != DEAD && other.accepting[b];
      accepts[i] = accepting[(int) pairs.get(i)[0]] && (minus ? !both : both);
    }
    return trimmed(rows.toArray(int[][]::new), accepts);
  }

  public static void requireFew(int states) {
    if (states > MOST_STATES) {
      throw new ConstraintException(
          "It is too complex: combining its patterns and bounds takes more than %d states."
              .formatted(MOST_STATES));
    }
  }

  /** Without the states from which nothing is accepted. */
  public static Dfa trimmed(int[][] next, boolean[] accepting) {
    boolean[] useful = accepting.clone();
    for (boolean changed = true; changed; ) {
      changed = false;
      for (int s = next.length - 1; s >= 0; s--) {
        if (!useful[s] && leadsTo(next[s], useful)) {
          useful[s] = true;
          changed = true;
        }
      }
    }
    int[] renumbered = new int[next.length];
    int size = 0;
    for (int s = 0; s < next.length; s++) {
      renumbered[s] = useful[s] ? size++ : DEAD;
    }
    if (next.length == 0 || !useful[0]) {
      return new Dfa(new int[0][], new boolean[0]);
    }
    int[][] rows = new int[size][];
    boolean[] accepts = new boolean[size];
    for (int s = 0; s < next.length; s++) {
      if (useful[s]) {
        int[] row = next[s];
        int[] kept = new int[BYTES];
        Arrays.setAll(kept, c -> row[c] == DEAD ? DEAD : renumbered[row[c]]);
        rows[renumbered[s]] = kept;
        accepts[renumbered[s]] = accepting[s];
      }
    }
    return new Dfa(rows, accepts);
  }

  private static boolean leadsTo(int[] row, boolean[] useful) {
    for (int to : row) {
      if (to != DEAD && useful[to]) {
        return true;
      }
    }
    return false;
  }
}
