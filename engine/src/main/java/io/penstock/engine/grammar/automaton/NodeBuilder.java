package io.penstock.engine.grammar.automaton;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.expr.CodePoints;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.Rule;
import io.penstock.engine.grammar.expr.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns an expression into nodes, from its end to its beginning: what an expression becomes depends
 * on the node that follows, and the same expression before the same node is built once. So optional
 * parts, which share what follows, do not multiply.
 */
final class NodeBuilder {
  /** What repeats a part needs no more nodes than this; else it calls the part as a rule. */
  private static final long MOST_COPIED = 20_000;

  private static final int LAST_OF_UTF8 = 0xF4;

  private final int mostNodes;
  private final Analysis analysis;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Expr, Map<Node, Node>> built = new IdentityHashMap<>();
  private final Map<CharsBefore, Node> characters = new HashMap<>();
  private final Map<Rule, Node.RuleStart> rules = new IdentityHashMap<>();
  private final Map<Expr.Asserting, Dfa> asserted = new IdentityHashMap<>();
  private final Map<Expr, Node.RuleStart> parts = new IdentityHashMap<>();
  private final List<Runnable> open = new ArrayList<>();

  private record CharsBefore(CodePoints set, Node next) {}

  /**
   * @param mostNodes more are refused
   */
  NodeBuilder(Expr root, int mostNodes) {
    this.mostNodes = mostNodes;
    this.analysis = new Analysis(root);
  }

  /** The first node; {@link Node#STUCK} if nothing matches. */
  Node build(Expr root) {
    Node first = build(root, Node.END);
    while (!open.isEmpty()) {
      open.removeLast().run();
    }
    return first;
  }

  /** All nodes that were made. */
  List<Node> nodes() {
    return nodes;
  }

  private Node node() {
    if (nodes.size() >= mostNodes) {
      throw new ConstraintException(
          "It is too complex: it takes more than %d states. Use smaller bounds, or fewer parts."
              .formatted(mostNodes));
    }
    Node node = new Node(nodes.size());
    nodes.add(node);
    return node;
  }

  private Node build(Expr expr, Node next) {
    if (!analysis.isProductive(expr)) {
      return Node.STUCK;
    }
    return switch (expr) {
      case Expr.Bytes e -> bytes(e.bytes(), next);
      case Expr.Chars e -> chars(e.set(), next);
      case Expr.Seq e -> {
        Node first = next;
        for (int i = e.parts().size() - 1; i >= 0; i--) {
          first = build(e.parts().get(i), first);
        }
        yield first;
      }
      default -> {
        Map<Node, Node> before = built.computeIfAbsent(expr, _ -> new IdentityHashMap<>());
        Node known = before.get(next);
        if (known == null) {
          known = compound(expr, next);
          before.put(next, known);
        }
        yield known;
      }
    };
  }

  private Node compound(Expr expr, Node next) {
    return switch (expr) {
      case Expr.Alt e -> {
        Node choice = node();
        e.options().forEach(option -> choice.free(build(option, next)));
        yield choice;
      }
      case Expr.Repeat e -> repeat(e, next);
      case Expr.Call e ->
          analysis.isCalled(e.rule())
              ? call(rules, e.rule(), e.rule().body(), next)
              : build(e.rule().body(), next);
      case Expr.Machine e -> machine(e.dfa(), next);
      case Expr.Asserting e ->
          machine(asserted.computeIfAbsent(e, one -> Assertions.resolved(one, mostNodes)), next);
      case Expr.Triggered e -> triggered(e, next);
      default -> throw new IllegalStateException("not compound: " + expr);
    };
  }

  private Node bytes(byte[] bytes, Node next) {
    Node first = next;
    for (int i = bytes.length - 1; i >= 0; i--) {
      Node node = node();
      node.edge(bytes[i] & 0xFF, bytes[i] & 0xFF, first);
      first = node;
    }
    return first;
  }

  private Node chars(CodePoints set, Node next) {
    CharsBefore key = new CharsBefore(set, next);
    Node known = characters.get(key);
    if (known == null) {
      Node first = node();
      Map<List<Integer>, Node> tails = new HashMap<>();
      Utf8.split(
          set,
          ranges -> {
            Node target = next;
            for (int b = ranges.length - 2; b > 0; b -= 2) {
              Node after = target;
              int low = ranges[b];
              int high = ranges[b + 1];
              List<Integer> tail = Arrays.stream(ranges, b, ranges.length).boxed().toList();
              target =
                  tails.computeIfAbsent(
                      tail,
                      _ -> {
                        Node node = node();
                        node.edge(low, high, after);
                        return node;
                      });
            }
            first.edge(ranges[0], ranges[1], target);
          });
      characters.put(key, first);
      known = first;
    }
    return known;
  }

  private <K> Node call(Map<K, Node.RuleStart> starts, K key, Expr body, Node next) {
    Node.RuleStart start = starts.get(key);
    if (start == null) {
      Node.RuleStart begun = new Node.RuleStart();
      starts.put(key, begun);
      open.add(() -> begun.first = build(body, Node.END));
      start = begun;
    }
    Node node = node();
    node.call(start, next);
    return node;
  }

  private Node repeat(Expr.Repeat repeat, Node next) {
    if (!analysis.isProductive(repeat.part())) {
      return next;
    }
    long copies = Math.max(repeat.least() + 1L, repeat.most());
    boolean calls =
        copies > 2 && Analysis.times(analysis.weight(repeat.part()), copies) > MOST_COPIED;
    Node first = next;
    if (repeat.most() == Expr.UNLIMITED) {
      Node loop = node();
      loop.free(part(repeat.part(), loop, calls));
      loop.free(next);
      first = loop;
    } else {
      for (int i = repeat.least(); i < repeat.most(); i++) {
        Node choice = node();
        choice.free(part(repeat.part(), first, calls));
        choice.free(next);
        first = choice;
      }
    }
    for (int i = 0; i < repeat.least(); i++) {
      first = part(repeat.part(), first, calls);
    }
    return first;
  }

  private Node part(Expr part, Node next, boolean calls) {
    return calls ? call(parts, part, part, next) : build(part, next);
  }

  private Node machine(Dfa dfa, Node next) {
    if (dfa.isEmpty()) {
      return Node.STUCK;
    }
    Node[] states = new Node[dfa.next().length];
    Arrays.setAll(states, _ -> node());
    for (int s = 0; s < states.length; s++) {
      int[] row = dfa.next()[s];
      int from = 0;
      for (int b = 1; b <= row.length; b++) {
        if (b == row.length || row[b] != row[from]) {
          if (row[from] != Dfa.DEAD) {
            states[s].edge(from, b - 1, states[row[from]]);
          }
          from = b;
        }
      }
      if (dfa.accepting()[s]) {
        states[s].free(next);
      }
    }
    return states[0];
  }

  /** The automaton of Knuth, Morris and Pratt: state i has read i bytes of the trigger. */
  private Node triggered(Expr.Triggered triggered, Node next) {
    byte[] trigger = triggered.trigger();
    Node[] states = new Node[trigger.length + 1];
    Arrays.setAll(states, i -> i < trigger.length ? node() : build(triggered.then(), next));
    for (int i = 0; i < trigger.length; i++) {
      int from = 0;
      int to = matched(trigger, i, 0);
      for (int b = 1; b <= LAST_OF_UTF8 + 1; b++) { // what is above stands for control tokens
        int following = b <= LAST_OF_UTF8 ? matched(trigger, i, b) : -1;
        if (following != to) {
          if (states[to] != Node.STUCK) {
            states[i].edge(from, b - 1, states[to]);
          }
          from = b;
          to = following;
        }
      }
      states[i].free(next);
    }
    return states[0];
  }

  /** The longest beginning of the trigger that ends {@code trigger[0, length)} and a byte more. */
  private static int matched(byte[] trigger, int length, int value) {
    for (int n = length + 1; n > 0; n--) {
      if ((trigger[n - 1] & 0xFF) == value
          && Arrays.equals(trigger, 0, n - 1, trigger, length - n + 1, length)) {
        return n;
      }
    }
    return 0;
  }
}
