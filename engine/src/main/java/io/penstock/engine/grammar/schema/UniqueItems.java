package io.penstock.engine.grammar.schema;

import static io.penstock.engine.grammar.schema.JsonExprs.COMMA;

import io.penstock.engine.grammar.expr.Expr;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Items out of some values, none of them twice. Few are written in any order: what may follow
 * depends on the set of those that were written. Many are written in the order in which they were
 * given, as an automaton would have to know too many sets.
 */
final class UniqueItems {
  private static final long MOST_WEIGHT = 40_000; // sets, times values, times bytes
  private static final int MOST_VALUES = 500;
  private static final int MOST_COUNTED = 20_000; // values times counts

  private final List<Expr> values;
  private final int least;
  private final int most;
  private final Map<Long, Expr> bySet = new HashMap<>();

  private UniqueItems(List<Expr> values, int least, int most) {
    this.values = values;
    this.least = least;
    this.most = most;
  }

  /**
   * @param given values, null where there is no list of them
   * @param path of the keyword
   */
  static Expr of(List<JsonNode> given, int least, int most, Path path) {
    if (given == null || given.size() > MOST_VALUES) {
      throw path.fault(
          "'uniqueItems' is supported where the items are some of at most %d values, by 'enum', 'const', a type of few values or bounds of an integer."
              .formatted(MOST_VALUES));
    }
    Map<Object, JsonNode> distinct = new LinkedHashMap<>();
    given.forEach(value -> distinct.putIfAbsent(identity(value), value));
    int count = distinct.size();
    if (least > count) {
      throw path.contradiction("'minItems' is more than there are different items.");
    }
    int limit = most == Expr.UNLIMITED ? count : Math.min(count, most);
    List<Expr> texts = new ArrayList<>();
    long bytes = 0;
    for (JsonNode value : distinct.values()) {
      texts.add(JsonExprs.literal(value));
      bytes += value.toString().length() + 2L;
    }
    UniqueItems items = new UniqueItems(texts, least, limit);
    if (count < Long.SIZE && sets(count, limit) * bytes <= MOST_WEIGHT) {
      return items.inAnyOrder(0, 0);
    }
    int counted = Math.max(1, Math.max(least, most == Expr.UNLIMITED ? 0 : limit));
    if ((long) count * counted > MOST_COUNTED) {
      throw path.fault("'uniqueItems' of so many different items is not supported.");
    }
    return items.inOrder(counted);
  }

  /** Numbers are the same by their values. */
  private static Object identity(JsonNode value) {
    if (!value.isNumber()) {
      return value;
    }
    BigDecimal number = value.decimalValue();
    return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
  }

  /** Subsets of at most {@code limit} of {@code count}; more than enough when they are many. */
  private static long sets(int count, int limit) {
    double sum = 0;
    double choose = 1;
    for (int k = 0; k <= limit; k++) {
      sum += choose;
      choose = choose * (count - k) / (k + 1);
    }
    return (long) Math.min(sum, MOST_WEIGHT + 1.0);
  }

  private Expr inAnyOrder(long used, int count) {
    Expr known = bySet.get(used);
    if (known != null) {
      return known;
    }
    List<Expr> ways = new ArrayList<>();
    if (count >= least) {
      ways.add(Expr.EMPTY);
    }
    for (int v = 0; count < most && v < values.size(); v++) {
      if ((used >> v & 1) == 0) {
        ways.add(
            Expr.seq(
                count == 0 ? Expr.EMPTY : COMMA,
                values.get(v),
                inAnyOrder(used | 1L << v, count + 1)));
      }
    }
    Expr rest = Expr.alt(ways);
    bySet.put(used, rest);
    return rest;
  }

  /**
   * @param last count that stands for all larger ones
   */
  private Expr inOrder(int last) {
    Expr[] items =
        new Expr[last + 1]; // of the values behind, by how many were written; at least one
    Expr[] rest = new Expr[last + 1]; // with a comma, or nothing
    for (int count = 0; count <= last; count++) {
      items[count] = Expr.NOTHING;
      rest[count] = count >= least ? Expr.EMPTY : Expr.NOTHING;
    }
    for (int v = values.size() - 1; v >= 0; v--) {
      Expr[] itemsFrom = new Expr[last + 1];
      Expr[] restFrom = new Expr[last + 1];
      for (int count = 0; count <= last; count++) {
        Expr with =
            count >= most && most < values.size()
                ? Expr.NOTHING
                : Expr.seq(values.get(v), rest[Math.min(last, count + 1)]);
        itemsFrom[count] = Expr.alt(with, items[count]);
        restFrom[count] =
            Expr.alt(count >= least ? Expr.EMPTY : Expr.NOTHING, Expr.seq(COMMA, itemsFrom[count]));
      }
      items = itemsFrom;
      rest = restFrom;
    }
    return Expr.alt(least == 0 ? Expr.EMPTY : Expr.NOTHING, items[0]);
  }
}
