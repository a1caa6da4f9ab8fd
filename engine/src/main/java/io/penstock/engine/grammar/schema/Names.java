package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.RegexParser;
import io.penstock.engine.grammar.expr.TextTree;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Names of properties as sets of JSON strings, with their quotes. */
final class Names {
  private static final int MOST_NODES = 100_000;

  /** Sets of names are kept apart by all combinations of patterns. */
  private static final int MOST_PATTERNS = 6;

  private final Dfa allowed; // by "propertyNames"; null for all
  private final Map<String, Dfa> patterns = new LinkedHashMap<>();

  /**
   * @param allowed null for all
   */
  Names(Dfa allowed) {
    this.allowed = allowed;
  }

  /** Whether there is a rule about which names there may be. */
  boolean areRestricted() {
    return allowed != null;
  }

  boolean allow(String name) {
    return allowed == null || accepts(allowed, name);
  }

  void addPatterns(JsonNode patternProperties, Path path) {
    if (!patternProperties.isObject()) {
      throw path.fault("'patternProperties' must be an object.");
    }
    for (Map.Entry<String, JsonNode> entry : patternProperties.properties()) {
      String pattern = entry.getKey();
      if (patterns.containsKey(pattern)) {
        continue;
      }
      if (patterns.size() == MOST_PATTERNS) {
        throw path.fault("At most %d patterns are supported.".formatted(MOST_PATTERNS));
      }
      Path at = path.to(pattern);
      try {
        patterns.put(pattern, dfa(quoted(RegexParser.search(pattern, JsonExprs::character)), at));
      } catch (ConstraintException e) {
        throw at.fault(e.getMessage());
      }
    }
  }

  /** Different ones, in the order in which they came. */
  Collection<String> patterns() {
    return patterns.keySet();
  }

  boolean matches(String pattern, String name) {
    return accepts(patterns.get(pattern), name);
  }

  /**
   * Names that match some patterns and no others.
   *
   * @param matched patterns, of {@link #patterns()}
   * @param except names that are not meant
   */
  Expr matching(Collection<String> matched, Collection<String> except, Path path) {
    Expr any = quoted(Expr.star(Expr.chars(JsonExprs.PLAIN)));
    if (allowed == null && patterns.isEmpty() && except.isEmpty()) {
      return any;
    }
    try {
      Dfa names = dfa(any, path);
      if (!except.isEmpty()) {
        names =
            names.minus(dfa(TextTree.of(except.stream().map(JsonExprs::string).toList()), path));
      }
      names = allowed == null ? names : names.and(allowed);
      for (Map.Entry<String, Dfa> entry : patterns.entrySet()) {
        names =
            matched.contains(entry.getKey())
                ? names.and(entry.getValue())
                : names.minus(entry.getValue());
      }
      return Expr.machine(names);
    } catch (ConstraintException e) {
      throw e.path().isEmpty() ? path.fault(e.getMessage()) : e;
    }
  }

  private static Expr quoted(Expr content) {
    return Expr.seq(JsonExprs.QUOTE, content, JsonExprs.QUOTE);
  }

  static Dfa dfa(Expr expr, Path path) {
    try {
      return Automaton.dfa(expr, MOST_NODES);
    } catch (ConstraintException e) {
      throw path.fault(e.getMessage());
    }
  }

  /** A name in the form in which patterns are written. */
  private static boolean accepts(Dfa dfa, String name) {
    return dfa.accepts(JsonExprs.string(name).getBytes(StandardCharsets.UTF_8));
  }
}
