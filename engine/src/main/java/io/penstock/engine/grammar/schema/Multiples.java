package io.penstock.engine.grammar.schema;

import io.penstock.engine.grammar.expr.Dfa;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decimal numbers that are multiples of another one, as an automaton that keeps the remainder of
 * the digits so far. Remainders from which the same digits lead to a multiple are one state, so a
 * power of ten takes a few states and a prime as many as it is large.
 */
final class Multiples {
  private static final int MOST_STATES = 20_000; // before states that are alike are joined
  private static final int MOST_PLACES = 16; // behind the point

  // Symbols: the digits by their values, then
  private static final int POINT = 10;
  private static final int SIGN = 11;
  private static final int SYMBOLS = 12;

  private Multiples() {}

  /**
   * Digits, with a sign and a point where they have one, whose value is a multiple. With more
   * digits behind the point than the divisor has, these are zeros.
   *
   * @param divisor above 0
   * @throws io.penstock.engine.core.ConstraintException when it takes too many states
   */
  static Dfa of(BigDecimal divisor, Path path) {
    BigDecimal reduced = divisor.stripTrailingZeros();
    int places = Math.max(0, reduced.scale());
    BigInteger whole = reduced.movePointRight(places).toBigIntegerExact();
    if (places > MOST_PLACES
        || whole
                .multiply(BigInteger.valueOf(places + 2L))
                .compareTo(BigInteger.valueOf(MOST_STATES))
            > 0) {
      throw path.fault("A divisor of so many digits is not supported.");
    }
    int m = whole.intValueExact();
    int states = 2 + m * (places + 2);
    // 0: nothing yet; 1: behind the sign; 2 + r: the whole part; then what has p digits behind it
    int[][] next = new int[states][SYMBOLS];
    boolean[] accepting = new boolean[states];
    BigInteger scaled = BigInteger.TEN.pow(places);
    for (int[] row : next) {
      Arrays.fill(row, Dfa.DEAD);
    }
    for (int d = 0; d < 10; d++) {
      next[0][d] = 2 + d % m;
      next[1][d] = 2 + d % m;
    }
    next[0][SIGN] = 1;
    for (int p = -1; p <= places; p++) {
      BigInteger rest = p < 0 ? scaled : BigInteger.TEN.pow(places - p);
      for (int r = 0; r < m; r++) {
        int state = 2 + (p + 1) * m + r;
        boolean multiple = rest.multiply(BigInteger.valueOf(r)).mod(whole).signum() == 0;
        accepting[state] = multiple && p != 0;
        for (int d = 0; d < 10; d++) {
          int further = (int) ((r * 10L + d) % m);
          next[state][d] =
              p < 0
                  ? 2 + further
                  : p < places ? 2 + (p + 2) * m + further : d == 0 ? state : Dfa.DEAD;
        }
        if (p < 0) {
          next[state][POINT] = 2 + m + r;
        }
      }
    }
    if (places == 0) { // a point is followed by zeros, of which there must be one
      return zerosBehindThePoint(next, accepting, m);
    }
    return joined(next, accepting);
  }

  /** State 2 + m + r is behind the point; a zero leads to where it may end. */
  private static Dfa zerosBehindThePoint(int[][] next, boolean[] accepting, int m) {
    int[][] more = Arrays.copyOf(next, next.length + m);
    boolean[] ends = Arrays.copyOf(accepting, next.length + m);
    for (int r = 0; r < m; r++) {
      int behind = next.length + r;
      more[behind] = new int[SYMBOLS];
      Arrays.fill(more[behind], Dfa.DEAD);
      more[behind][0] = behind;
      ends[behind] = r == 0;
      more[2 + m + r] = new int[SYMBOLS];
      Arrays.fill(more[2 + m + r], Dfa.DEAD);
      more[2 + m + r][0] = behind;
    }
    return joined(more, ends);
  }

  /** By Moore's refinement: states are alike while no symbol tells them apart. */
  private static Dfa joined(int[][] next, boolean[] accepting) {
    int[] group = new int[next.length];
    for (int s = 0; s < group.length; s++) {
      group[s] = accepting[s] ? 1 : 0;
    }
    int groups = 0;
    while (true) {
      Map<List<Integer>, Integer> numbers = new HashMap<>();
      int[] finer = new int[group.length];
      for (int s = 0; s < group.length; s++) {
        Integer[] key = new Integer[SYMBOLS + 1];
        key[SYMBOLS] = group[s];
        for (int c = 0; c < SYMBOLS; c++) {
          key[c] = next[s][c] == Dfa.DEAD ? Dfa.DEAD : group[next[s][c]];
        }
        finer[s] = numbers.computeIfAbsent(List.of(key), _ -> numbers.size());
      }
      boolean same = numbers.size() == groups;
      groups = numbers.size();
      group = finer;
      if (same) {
        return table(next, accepting, group, groups);
      }
    }
  }

  /** State 0 is met first, so its group is 0. */
  private static Dfa table(int[][] next, boolean[] accepting, int[] group, int groups) {
    int[][] rows = new int[groups][];
    boolean[] ends = new boolean[groups];
    for (int s = 0; s < next.length; s++) {
      if (rows[group[s]] == null) {
        int[] row = new int[256];
        Arrays.fill(row, Dfa.DEAD);
        for (int c = 0; c < SYMBOLS; c++) {
          int to = next[s][c];
          row[c < POINT ? '0' + c : c == POINT ? '.' : '-'] = to == Dfa.DEAD ? to : group[to];
        }
        rows[group[s]] = row;
        ends[group[s]] = accepting[s];
      }
    }
    return Dfa.trimmed(rows, ends);
  }
}
