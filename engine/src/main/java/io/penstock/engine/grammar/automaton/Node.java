package io.penstock.engine.grammar.automaton;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * A state of the nondeterministic automaton that an expression becomes. What leads on from it:
 * bytes ({@link #edge}), nothing ({@link #free}), or a rule, behind which another node waits
 * ({@link #call}). Written while it is built only.
 */
final class Node {
  private static final Node[] NO_NODES = {};
  private static final Call[] NO_CALLS = {};

  /** The end of a rule, or of the whole. */
  static final Node END = new Node(-1);

  /** Nothing leads on. */
  static final Node STUCK = new Node(-2);

  static { // shared by all automata: closed before any thread sees them
    END.close();
    STUCK.close();
  }

  final int id;
  private int[] bounds = {}; // first, last byte of each edge
  private Node[] targets = NO_NODES;
  private Node[] free = NO_NODES;
  private Call call;

  private Node[] reading; // nodes with edges that are reached for nothing
  private Call[] calls;
  private boolean ends;

  /** A rule's first node, and where to go on behind it. */
  record Call(RuleStart rule, Node then) {}

  /** A rule's first node, once it is built. */
  static final class RuleStart {
    Node first;
  }

  Node(int id) {
    this.id = id;
  }

  void edge(int first, int last, Node target) {
    bounds = Arrays.copyOf(bounds, bounds.length + 2);
    bounds[bounds.length - 2] = first;
    bounds[bounds.length - 1] = last;
    targets = Arrays.copyOf(targets, targets.length + 1);
    targets[targets.length - 1] = target;
  }

  void free(Node target) {
    if (target != STUCK) {
      free = Arrays.copyOf(free, free.length + 1);
      free[free.length - 1] = target;
    }
  }

  void call(RuleStart rule, Node then) {
    call = new Call(rule, then);
  }

  int edges() {
    return targets.length;
  }

  Node target(int edge) {
    return targets[edge];
  }

  boolean covers(int edge, int value) {
    return value >= bounds[2 * edge] && value <= bounds[2 * edge + 1];
  }

  /** Marks where classes of bytes begin. */
  void markClasses(boolean[] begins) {
    for (int i = 0; i < bounds.length; i += 2) {
      begins[bounds[i]] = true;
      begins[bounds[i + 1] + 1] = true;
    }
  }

  /** Works out what is reached for nothing. */
  private void close() {
    Set<Node> seen = new LinkedHashSet<>();
    Set<Node> reads = new LinkedHashSet<>();
    Set<Call> asked = new LinkedHashSet<>();
    ArrayDeque<Node> open = new ArrayDeque<>();
    open.push(this);
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (!seen.add(node)) {
        continue;
      }
      ends |= node == END;
      if (node.targets.length > 0) {
        reads.add(node);
      }
      if (node.call != null) {
        asked.add(node.call);
      }
      for (int i = node.free.length - 1; i >= 0; i--) {
        open.push(node.free[i]);
      }
    }
    calls = asked.toArray(NO_CALLS);
    reading = reads.toArray(NO_NODES);
  }

  private void requireClosed() {
    if (reading == null) {
      close();
    }
  }

  Node[] reading() {
    requireClosed();
    return reading;
  }

  Call[] calls() {
    requireClosed();
    return calls;
  }

  /** The byte that is all that leads on, or -1. */
  int onlyByte() {
    boolean only =
        targets.length == 1 && bounds[0] == bounds[1] && free.length == 0 && call == null;
    return only ? bounds[0] : -1;
  }

  /**
   * The least number of bytes to the end of the rule, by what is known of the nodes behind it.
   *
   * @param single bytes that may be read one at a time
   */
  int ownDistance(ToIntFunction<Node> of, boolean[] single) {
    int best = Distances.FAR;
    for (int e = 0; e < targets.length; e++) {
      int behind = of.applyAsInt(targets[e]);
      if (behind + 1 < best && anyOf(single, bounds[2 * e], bounds[2 * e + 1])) {
        best = behind + 1;
      }
    }
    for (Node node : free) {
      best = Math.min(best, of.applyAsInt(node));
    }
    return call == null
        ? best
        : Math.min(best, of.applyAsInt(call.rule.first) + of.applyAsInt(call.then));
  }

  private static boolean anyOf(boolean[] single, int first, int last) {
    for (int b = first; b <= last; b++) {
      if (single[b]) {
        return true;
      }
    }
    return false;
  }

  /** Whether the end is reached for nothing. */
  boolean ends() {
    requireClosed();
    return ends;
  }

  /** Whether the end is all that is reached: a call in its place needs no return. */
  boolean isEnd() {
    requireClosed();
    return ends && reading.length == 0 && calls.length == 0;
  }
}
