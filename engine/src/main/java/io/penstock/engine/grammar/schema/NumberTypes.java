package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Integers and numbers: bounds, multiples, and values that they may not be. */
final class NumberTypes {
  /** Enough for any bound that makes sense; more would take forever to write out. */
  private static final int MOST_DIGITS = 64;

  private static final int MOST_NODES = 40_000;

  private NumberTypes() {}

  static Expr integer(JsonNode schema, Path path) {
    BigInteger low = lowest(schema, path);
    BigInteger high = highest(schema, path);
    boolean plain = isPlain(schema);
    if (low == null && high == null && plain) {
      return JsonExprs.INTEGER;
    }
    Expr all = Numbers.integers(low, high);
    return plain ? all : restricted(all, schema, path);
  }

  static Expr number(JsonNode schema, Path path) {
    Numbers.Bound least = bound(schema, "minimum", "exclusiveMinimum", true, path);
    Numbers.Bound most = bound(schema, "maximum", "exclusiveMaximum", false, path);
    boolean plain = isPlain(schema);
    if (least.value() == null && most.value() == null && plain) {
      return JsonExprs.NUMBER;
    }
    Expr all = Numbers.decimals(least, most);
    return plain ? all : restricted(all, schema, path);
  }

  /** The least integer, null for no bound. */
  static BigInteger lowest(JsonNode schema, Path path) {
    Numbers.Bound least = bound(schema, "minimum", "exclusiveMinimum", true, path);
    if (least.value() == null) {
      return null;
    }
    BigInteger low = least.value().setScale(0, RoundingMode.CEILING).toBigInteger();
    boolean excluded = least.exclusive() && new BigDecimal(low).compareTo(least.value()) == 0;
    return excluded ? low.add(BigInteger.ONE) : low;
  }

  /** The largest integer, null for no bound. */
  static BigInteger highest(JsonNode schema, Path path) {
    Numbers.Bound most = bound(schema, "maximum", "exclusiveMaximum", false, path);
    if (most.value() == null) {
      return null;
    }
    BigInteger high = most.value().setScale(0, RoundingMode.FLOOR).toBigInteger();
    boolean excluded = most.exclusive() && new BigDecimal(high).compareTo(most.value()) == 0;
    return excluded ? high.subtract(BigInteger.ONE) : high;
  }

  /** Whether bounds are all that is said of it. */
  static boolean isPlain(JsonNode schema) {
    return !schema.has("multipleOf")
        && !schema.has(Keywords.NOT_MULTIPLE)
        && !schema.has(Keywords.NOT_VALUES);
  }

  private static Expr restricted(Expr all, JsonNode schema, Path path) {
    if (all == Expr.NOTHING) {
      return all;
    }
    try {
      Dfa dfa = Automaton.dfa(all, MOST_NODES);
      for (BigDecimal divisor : divisors(schema, "multipleOf", path)) {
        dfa = dfa.and(Multiples.of(divisor, path.to("multipleOf")));
      }
      for (BigDecimal divisor : divisors(schema, Keywords.NOT_MULTIPLE, path)) {
        dfa = dfa.minus(Multiples.of(divisor, path));
      }
      for (JsonNode value : schema.path(Keywords.NOT_VALUES)) {
        if (value.isNumber()) {
          BigDecimal excluded = requireShort(value.decimalValue(), "enum", path);
          dfa = dfa.minus(Automaton.dfa(Numbers.written(excluded), MOST_NODES));
        }
      }
      return Expr.machine(dfa);
    } catch (ConstraintException e) {
      throw e.path().isEmpty() ? path.fault(e.getMessage()) : e;
    }
  }

  private static List<BigDecimal> divisors(JsonNode schema, String keyword, Path path) {
    List<BigDecimal> divisors = new ArrayList<>();
    JsonNode given = schema.path(keyword);
    for (JsonNode one :
        given.isArray() ? given : schema.has(keyword) ? List.of(given) : List.<JsonNode>of()) {
      if (!one.isNumber() || one.decimalValue().signum() <= 0) {
        throw path.to("multipleOf").fault("'multipleOf' must be a number above 0.");
      }
      divisors.add(requireShort(one.decimalValue(), "multipleOf", path));
    }
    return divisors;
  }

  /** The tighter of an including and an excluding bound; draft 4 spells the latter as a boolean. */
  private static Numbers.Bound bound(
      JsonNode schema, String including, String excluding, boolean lower, Path path) {
    BigDecimal included = decimal(schema, including, path);
    JsonNode exclusive = schema.path(excluding);
    if (exclusive.isBoolean()) {
      return new Numbers.Bound(included, exclusive.booleanValue());
    }
    BigDecimal excluded = decimal(schema, excluding, path);
    if (excluded == null || included == null) {
      return new Numbers.Bound(excluded == null ? included : excluded, excluded != null);
    }
    int order = excluded.compareTo(included);
    return (lower ? order >= 0 : order <= 0)
        ? new Numbers.Bound(excluded, true)
        : new Numbers.Bound(included, false);
  }

  private static BigDecimal decimal(JsonNode schema, String keyword, Path path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw path.to(keyword).fault("'%s' must be a number.".formatted(keyword));
    }
    return requireShort(value.decimalValue(), keyword, path);
  }

  private static BigDecimal requireShort(BigDecimal decimal, String keyword, Path path) {
    if (decimal.signum() != 0
        && Math.max(Math.abs((long) decimal.scale()), decimal.precision() - (long) decimal.scale())
            > MOST_DIGITS) {
      throw path.to(keyword)
          .fault("'%s' must have at most %d digits.".formatted(keyword, MOST_DIGITS));
    }
    return decimal;
  }
}
