package io.penstock.engine.grammar.mask;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.automaton.State;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * The tokens of a vocabulary as a tree of bytes, laid out in the order of a depth-first walk, so
 * that a walk reads memory from its beginning to its end and leaves a subtree out by a jump.
 */
final class TokenTrie {
  private static final int NONE = -1;

  /** Work of one walk; usual ones take some thousand. */
  private static final int MOST_WORK = 400_000;

  private static final int NODES_BETWEEN_CHECKS = 64;

  private final byte[] label; // (nodes)
  private final int[] token; // (nodes) first token that ends here, or NONE
  private final int[] after; // (nodes) the next node that is not below this one
  private final short[] depth; // (nodes) of its parent
  private final int[] nextSame; // (ids) another token of the same bytes, or NONE
  private final int deepest;

  /**
   * @param bytes by id; ids without bytes are left out
   * @param ids which of them
   */
  TokenTrie(byte[][] bytes, List<Integer> ids) {
    Integer[] sorted =
        ids.stream()
            .filter(id -> bytes[id].length > 0)
            .sorted(
                (a, b) -> {
                  int order = Arrays.compareUnsigned(bytes[a], bytes[b]);
                  return order != 0 ? order : Integer.compare(a, b);
                })
            .toArray(Integer[]::new);
    int most = 0;
    int longest = 0;
    for (int id : sorted) {
      most += bytes[id].length;
      longest = Math.max(longest, bytes[id].length);
    }
    byte[] labels = new byte[most];
    int[] tokens = new int[most];
    short[] depths = new short[most];
    nextSame = new int[bytes.length];
    Arrays.fill(nextSame, NONE);
    int[] path = new int[longest + 1]; // node at each depth
    int size = 0;
    byte[] before = {};
    for (int id : sorted) {
      byte[] own = bytes[id];
      int common = Arrays.mismatch(before, own);
      if (common < 0) { // the same bytes again
        int node = path[own.length - 1];
        nextSame[id] = tokens[node];
        tokens[node] = id;
        continue;
      }
      for (int d = common; d < own.length; d++) {
        labels[size] = own[d];
        tokens[size] = NONE;
        depths[size] = (short) d;
        path[d] = size++;
      }
      tokens[path[own.length - 1]] = id;
      before = own;
    }
    label = Arrays.copyOf(labels, size);
    token = Arrays.copyOf(tokens, size);
    depth = Arrays.copyOf(depths, size);
    deepest = longest;
    after = new int[size];
    int[] open = new int[longest + 1];
    Arrays.fill(open, NONE);
    for (int node = 0; node <= size; node++) {
      int level = node < size ? depth[node] : 0;
      for (int d = level; d <= longest && open[d] != NONE; d++) {
        after[open[d]] = node;
        open[d] = NONE;
      }
      if (node < size) {
        open[level] = node;
      }
    }
  }

  int nodes() {
    return label.length;
  }

  int depth() {
    return deepest;
  }

  /**
   * Sets the bits of all tokens that lead from {@code from} to a state.
   *
   * @throws ConstraintException when the automaton is so ambiguous here that it takes too long
   */
  void mark(Automaton automaton, State from, int[] words) {
    mark(automaton, from, words, _ -> true);
  }

  /**
   * The same of those tokens whose states are wanted.
   *
   * @throws ConstraintException as above
   */
  void mark(Automaton automaton, State from, int[] words, Predicate<State> wanted) {
    State[] path = new State[deepest + 1];
    path[0] = from;
    long most = automaton.work() + MOST_WORK;
    int visited = 0;
    int node = 0;
    while (node < label.length) {
      if (++visited % NODES_BETWEEN_CHECKS == 0 && automaton.work() > most) {
        throw new ConstraintException(
            "It is too ambiguous: what may come next takes too long to find out.");
      }
      int at = depth[node];
      State reached = path[at].nextOfClass(automaton.classOf(label[node]));
      if (reached == null) {
        node = after[node];
        continue;
      }
      if (token[node] != NONE && wanted.test(reached)) {
        for (int id = token[node]; id != NONE; id = nextSame[id]) {
          words[id >>> 5] |= 1 << id;
        }
      }
      path[at + 1] = reached;
      node++;
    }
  }
}
