package io.penstock.engine.grammar.automaton;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.ProcessorTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pushdown automaton over bytes that reads all its possible ways at once. A {@link State} is the
 * set of places where it may be, each with its own persistent stack of rules under way; states and
 * their transitions are made when a text first needs them and kept, so that what is read often
 * becomes a table look-up, as in a lazily built DFA. Bytes that no edge tells apart are one class.
 *
 * <p>Calls whose caller has nothing left to do push no frame, so lists that are written as right
 * recursion take no stack. Left recursion is refused ({@link Analysis}).
 *
 * <p>Safe for use by many threads.
 */
public final class Automaton {
  /** States that are kept; beyond, all are forgotten and worked out again when needed. */
  private static final int MOST_STATES = 4096;

  /** Places of one state; more are a hopelessly ambiguous grammar. */
  private static final int MOST_PLACES = 1024;

  /** Most processor time in which a whole table is worked out. */
  private static final Duration LONGEST = Duration.ofMillis(500);

  private final byte[] classes = new byte[256];
  private final int[] samples; // a byte of each class
  private final List<Node> nodes;
  private final int mostStates;
  private final State start;
  private final Map<Set<Place>, State> states = new HashMap<>(); // guarded by this
  private long work; // guarded by this

  /**
   * @param mostNodes more are refused
   * @throws ConstraintException when it is too large, left-recursive, or matches nothing
   */
  public static Automaton of(Expr root, int mostNodes) {
    NodeBuilder builder = new NodeBuilder(root, mostNodes);
    Node first = builder.build(root);
    Automaton automaton = new Automaton(builder.nodes(), first, MOST_STATES);
    if (automaton.start == State.DEAD) {
      throw new ConstraintException("No text can match it: its parts contradict each other.");
    }
    return automaton;
  }

  private Automaton(List<Node> built, Node first, int mostStates) {
    this.mostStates = mostStates;
    boolean[] begins = new boolean[257];
    begins[0] = true;
    built.forEach(node -> node.markClasses(begins));
    int[] firsts = new int[256];
    int count = 0;
    for (int b = 0; b < 256; b++) {
      if (begins[b]) {
        firsts[count++] = b;
      }
      classes[b] = (byte) (count - 1);
    }
    this.samples = Arrays.copyOf(firsts, count);
    this.nodes = built;
    Closure closure = new Closure();
    closure.add(first, null);
    this.start = state(closure);
  }

  public State start() {
    return start;
  }

  /** Nodes of the nondeterministic automaton, for metrics. */
  public int nodes() {
    return nodes.size();
  }

  /** How far every place is from the end, in tokens. */
  public Distances distances(Distances.Pieces pieces) {
    return new Distances(nodes, pieces);
  }

  public int classOf(int value) {
    return classes[value & 0xFF] & 0xFF;
  }

  public int classes() {
    return samples.length;
  }

  /** The byte of a class that has no other, or -1. */
  public int onlyByteOf(int byteClass) {
    int next = byteClass + 1 < samples.length ? samples[byteClass + 1] : 256;
    return next - samples[byteClass] == 1 ? samples[byteClass] : -1;
  }

  // ---- states

  synchronized State step(State from, int byteClass) {
    int value = samples[byteClass];
    Closure closure = new Closure();
    for (Place place : from.places()) {
      Node node = place.node();
      for (int e = 0; e < node.edges(); e++) {
        if (node.covers(e, value)) {
          closure.add(node.target(e), place.stack());
        }
      }
    }
    work += from.places().size() + closure.seen.size();
    return state(closure);
  }

  /** Places that were looked at so far, to make states. */
  public synchronized long work() {
    return work;
  }

  private State state(Closure closure) {
    if (closure.places.isEmpty() && !closure.accepting) {
      return State.DEAD;
    }
    Set<Place> key = closure.places;
    State known = states.get(key);
    if (known != null && known.isAccepting() == closure.accepting) {
      return known;
    }
    List<Place> places = new ArrayList<>(key);
    places.sort(Comparator.comparingInt(place -> place.node().id));
    State made = new State(this, List.copyOf(places), closure.accepting, samples.length);
    if (states.size() >= mostStates) {
      states.clear();
    }
    states.put(key, made);
    return made;
  }

  /** Collects the places that are reached for nothing. */
  private static final class Closure {
    private final Set<Place> places = new HashSet<>();
    private final Set<Place> seen = new HashSet<>();
    private final ArrayDeque<Place> open = new ArrayDeque<>();
    private boolean accepting;

    void add(Node node, Frame stack) {
      visit(node, stack);
      while (!open.isEmpty()) {
        Place place = open.pop();
        follow(place.node(), place.stack());
      }
    }

    private void visit(Node node, Frame stack) {
      Place place = new Place(node, stack);
      if (seen.add(place)) {
        open.push(place);
      }
    }

    private void follow(Node node, Frame stack) {
      for (Node reading : node.reading()) {
        places.add(new Place(reading, stack));
      }
      for (Node.Call call : node.calls()) {
        visit(call.rule().first, call.then().isEnd() ? stack : new Frame(call.then(), stack));
      }
      if (node.ends()) {
        if (stack == null) {
          accepting = true;
        } else {
          visit(stack.then, stack.below);
        }
      }
      if (places.size() > MOST_PLACES) {
        throw new ConstraintException(
            "It is too ambiguous: a text can be read in more than %d ways at once."
                .formatted(MOST_PLACES));
      }
    }
  }

  // ---- as a table

  /** The whole deterministic automaton; only of expressions without recursion. */
  public Dfa toDfa() {
    Map<State, Integer> numbers = new IdentityHashMap<>();
    List<State> found = new ArrayList<>(List.of(start));
    List<int[]> rows = new ArrayList<>();
    numbers.put(start, 0);
    long deadline = ProcessorTime.nanos() + LONGEST.toNanos();
    for (int i = 0; i < found.size(); i++) {
      int[] byClass = new int[samples.length];
      for (int c = 0; c < byClass.length; c++) {
        State to = found.get(i).nextOfClass(c);
        byClass[c] = to == null ? Dfa.DEAD : numbers.computeIfAbsent(to, _ -> numbers.size());
        if (to != null && byClass[c] == found.size()) {
          found.add(to);
        }
      }
      if (found.size() > Dfa.MOST_STATES || ProcessorTime.nanos() > deadline) {
        throw new ConstraintException(
            "It is too complex: a pattern takes more than %d states, or %d ms of a processor."
                .formatted(Dfa.MOST_STATES, LONGEST.toMillis()));
      }
      int[] row = new int[256];
      Arrays.setAll(row, b -> byClass[classOf(b)]);
      rows.add(row);
    }
    boolean[] accepting = new boolean[found.size()];
    for (int i = 0; i < accepting.length; i++) {
      accepting[i] = found.get(i).isAccepting();
    }
    return Dfa.trimmed(rows.toArray(int[][]::new), accepting);
  }

  /** A regular expression as a table; an empty one where nothing matches. */
  public static Dfa dfa(Expr expr, int mostNodes) {
    NodeBuilder builder = new NodeBuilder(expr, mostNodes);
    Node first = builder.build(expr);
    Automaton automaton = new Automaton(builder.nodes(), first, Integer.MAX_VALUE);
    return automaton.start == State.DEAD
        ? Dfa.trimmed(new int[0][], new boolean[0])
        : automaton.toDfa();
  }

  /** States that are kept now, for metrics. */
  public synchronized int states() {
    return states.size();
  }
}
