package io.penstock.engine.grammar.automaton;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What is known of an expression and the rules that it calls: which of them match anything at all,
 * which match the empty text, how large they are, and which are called rather than copied into
 * their place: recursive and large ones.
 */
final class Analysis {
  static final long LARGE = 1L << 40;

  private static final long LARGEST_COPIED = 500;
  private static final int MOST_RULES = 2000;

  private final Set<Rule> rules = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Rule> productive = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Rule> nullable = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Rule> called = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Expr, Boolean> matches = new IdentityHashMap<>();
  private final Map<Expr, Long> weights = new IdentityHashMap<>();

  /**
   * @throws ConstraintException when a rule begins with itself
   */
  Analysis(Expr root) {
    collect(root);
    settle(productive, this::matchesAnything);
    settle(nullable, this::matchesEmpty);
    for (Rule rule : rules) {
      if (reaches(rule, this::calls)) {
        called.add(rule);
      }
      if (reaches(rule, this::leftCalls)) {
        throw new ConstraintException(
            "The rule '%s' can begin with itself (left recursion); rewrite it as a repetition."
                .formatted(rule.name()));
      }
    }
    for (Rule rule : rules) {
      if (weight(rule.body()) > LARGEST_COPIED) {
        called.add(rule);
      }
    }
    weights.clear(); // what is called weighs nothing now
  }

  /** Whether there is a text that it matches. */
  boolean isProductive(Expr expr) {
    return matchesAnything(expr, matches);
  }

  boolean isCalled(Rule rule) {
    return called.contains(rule);
  }

  /** About so many nodes, up to {@link #LARGE}. */
  long weight(Expr expr) {
    Long known = weights.get(expr);
    if (known != null) {
      return known;
    }
    long weight =
        Math.min(
            LARGE,
            switch (expr) {
              case Expr.Bytes e -> e.bytes().length;
              case Expr.Chars _ -> 6;
              case Expr.Seq e -> sum(e.parts());
              case Expr.Alt e -> 1 + sum(e.options());
              case Expr.Repeat e -> times(weight(e.part()) + 1, Math.max(e.least() + 1L, e.most()));
              case Expr.Call e -> called.contains(e.rule()) ? 1 : weight(e.rule().body());
              case Expr.Machine e -> e.dfa().next().length;
              case Expr.Triggered e -> e.trigger().length + weight(e.then());
              case Expr.Asserting e -> weight(e.part());
            });
    weights.put(expr, weight);
    return weight;
  }

  /** A product that stops at {@link #LARGE}. */
  static long times(long weight, long copies) {
    return copies > 0 && weight > LARGE / copies ? LARGE : weight * copies;
  }

  private long sum(List<Expr> parts) {
    long sum = 0;
    for (Expr part : parts) {
      sum = Math.min(LARGE, sum + weight(part));
    }
    return sum;
  }

  // ---- rules

  private void collect(Expr root) {
    Set<Expr> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Expr> open = new ArrayList<>(List.of(root));
    while (!open.isEmpty()) {
      Expr expr = open.removeLast();
      if (!seen.add(expr)) {
        continue;
      }
      if (expr instanceof Expr.Call call) {
        rules.add(call.rule());
        if (rules.size() > MOST_RULES) {
          throw new ConstraintException(
              "It is too complex: it has more than %d rules or references.".formatted(MOST_RULES));
        }
      }
      open.addAll(parts(expr));
    }
  }

  private static List<Expr> parts(Expr expr) {
    return switch (expr) {
      case Expr.Bytes _, Expr.Chars _, Expr.Machine _ -> List.of();
      case Expr.Seq e -> e.parts();
      case Expr.Alt e -> e.options();
      case Expr.Repeat e -> List.of(e.part());
      case Expr.Call e -> List.of(e.rule().body());
      case Expr.Triggered e -> List.of(e.then());
      case Expr.Asserting e -> List.of(e.part());
    };
  }

  @FunctionalInterface
  private interface Question {
    boolean holds(Expr expr, Map<Expr, Boolean> known);
  }

  /** Adds rules whose bodies satisfy a question about the rules added so far, until none does. */
  private void settle(Set<Rule> settled, Question question) {
    boolean changed = true;
    while (changed) {
      changed = false;
      Map<Expr, Boolean> known = new IdentityHashMap<>();
      for (Rule rule : rules) {
        if (!settled.contains(rule) && question.holds(rule.body(), known)) {
          settled.add(rule);
          changed = true;
        }
      }
    }
  }

  private boolean matchesAnything(Expr expr, Map<Expr, Boolean> known) {
    Boolean answer = known.get(expr);
    if (answer == null) {
      answer =
          switch (expr) {
            case Expr.Bytes _, Expr.Chars _, Expr.Machine _, Expr.Triggered _ -> true;
            case Expr.Seq e -> e.parts().stream().allMatch(p -> matchesAnything(p, known));
            case Expr.Alt e -> e.options().stream().anyMatch(p -> matchesAnything(p, known));
            case Expr.Repeat e -> e.least() == 0 || matchesAnything(e.part(), known);
            case Expr.Call e -> productive.contains(e.rule());
            case Expr.Asserting e -> matchesAnything(e.part(), known);
          };
      known.put(expr, answer);
    }
    return answer;
  }

  private boolean matchesEmpty(Expr expr, Map<Expr, Boolean> known) {
    Boolean answer = known.get(expr);
    if (answer == null) {
      answer =
          switch (expr) {
            case Expr.Bytes _, Expr.Chars _ -> false;
            case Expr.Machine e -> e.dfa().accepting()[0];
            case Expr.Triggered _, Expr.Asserting _ -> true;
            case Expr.Seq e -> e.parts().stream().allMatch(p -> matchesEmpty(p, known));
            case Expr.Alt e -> e.options().stream().anyMatch(p -> matchesEmpty(p, known));
            case Expr.Repeat e -> e.least() == 0 || matchesEmpty(e.part(), known);
            case Expr.Call e -> nullable.contains(e.rule());
          };
      known.put(expr, answer);
    }
    return answer;
  }

  // ---- who calls whom

  private boolean reaches(Rule rule, Function<Rule, Set<Rule>> next) {
    Set<Rule> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Rule> open = new ArrayList<>(next.apply(rule));
    while (!open.isEmpty()) {
      Rule reached = open.removeLast();
      if (reached == rule) {
        return true;
      }
      if (seen.add(reached)) {
        open.addAll(next.apply(reached));
      }
    }
    return false;
  }

  private final Map<Rule, Set<Rule>> callsOf = new IdentityHashMap<>();
  private final Map<Rule, Set<Rule>> leftCallsOf = new IdentityHashMap<>();

  private Set<Rule> calls(Rule rule) {
    return callsOf.computeIfAbsent(rule, r -> gather(r.body(), false));
  }

  private Set<Rule> leftCalls(Rule rule) {
    return leftCallsOf.computeIfAbsent(rule, r -> gather(r.body(), true));
  }

  /**
   * @param left only those that may be called before a byte is read
   */
  private Set<Rule> gather(Expr body, boolean left) {
    Set<Rule> found = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<Expr> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Map<Expr, Boolean> known = new IdentityHashMap<>();
    List<Expr> open = new ArrayList<>(List.of(body));
    while (!open.isEmpty()) {
      Expr expr = open.removeLast();
      if (!seen.add(expr)) {
        continue;
      }
      switch (expr) {
        case Expr.Call e -> found.add(e.rule());
        case Expr.Seq e when left -> {
          for (Expr part : e.parts()) {
            open.add(part);
            if (!matchesEmpty(part, known)) {
              break;
            }
          }
        }
        case Expr.Triggered _ when left -> {}
        default -> open.addAll(parts(expr));
      }
    }
    return found;
  }
}
