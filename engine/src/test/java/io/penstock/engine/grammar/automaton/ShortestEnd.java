package io.penstock.engine.grammar.automaton;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The least number of bytes that complete a text, computed on the nodes alone. */
public final class ShortestEnd {
  private static final int FAR = 1 << 28;

  private final Map<Node, Integer> distance = new IdentityHashMap<>();

  public ShortestEnd(State start) {
    List<Node> open = new ArrayList<>();
    start.places().forEach(place -> collect(place, open));
    while (!open.isEmpty()) {
      visit(open.removeLast(), open);
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Map.Entry<Node, Integer> entry : distance.entrySet()) {
        int shorter = shortest(entry.getKey());
        if (shorter < entry.getValue()) {
          entry.setValue(shorter);
          changed = true;
        }
      }
    }
  }

  private static void collect(Place place, List<Node> open) {
    open.add(place.node());
    for (Frame frame = place.stack(); frame != null; frame = frame.below) {
      open.add(frame.then);
    }
  }

  private void visit(Node node, List<Node> open) {
    if (distance.putIfAbsent(node, node == Node.END ? 0 : FAR) != null) {
      return;
    }
    for (int e = 0; e < node.edges(); e++) {
      open.add(node.target(e));
    }
    open.addAll(List.of(node.reading()));
    for (Node.Call call : node.calls()) {
      open.add(call.rule().first);
      open.add(call.then());
    }
  }

  private int shortest(Node node) {
    int best = node.ends() ? 0 : FAR;
    for (Node reading : node.reading()) {
      for (int e = 0; e < reading.edges(); e++) {
        best = Math.min(best, 1 + of(reading.target(e)));
      }
    }
    for (Node.Call call : node.calls()) {
      best = Math.min(best, of(call.rule().first) + of(call.then()));
    }
    return best;
  }

  private int of(Node node) {
    return distance.getOrDefault(node, FAR);
  }

  /** Bytes that a state lacks. */
  public int of(State state) {
    int best = state.isAccepting() ? 0 : FAR;
    for (Place place : state.places()) {
      int sum = of(place.node());
      for (Frame frame = place.stack(); frame != null; frame = frame.below) {
        sum += of(frame.then);
      }
      best = Math.min(best, sum);
    }
    return best;
  }

  /** A byte that brings a state nearer to its end. */
  public int byteTowardsEnd(State state) {
    int now = of(state);
    for (int b = 0; b < 256; b++) {
      State next = state.next(b);
      if (next != null && of(next) < now) {
        return b;
      }
    }
    throw new AssertionError("a state from which no byte leads nearer to the end, " + now);
  }
}
