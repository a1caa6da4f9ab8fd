package io.penstock.engine.grammar.schema;

import static io.penstock.engine.grammar.schema.JsonExprs.COMMA;

import io.penstock.engine.grammar.expr.Expr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Items of which so many must hold a schema. What may follow depends on how many items were written
 * and how many of them count. Where more may count than must, an item that is not needed may be of
 * either kind; where at most so many may, each item is told apart by a schema or its negation.
 */
final class Contains {
  private static final int MOST_GROUPS = 3;
  private static final int MOST_COUNTED = 4_000; // items times counts
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final SchemaCompiler schemas;
  private final Negation negation;

  Contains(SchemaCompiler schemas, Negation negation) {
    this.schemas = schemas;
    this.negation = negation;
  }

  /**
   * @param most or {@link Expr#UNLIMITED}
   */
  private record Group(JsonNode schema, int least, int most) {
    boolean isLimited() {
      return most != Expr.UNLIMITED;
    }

    /** The largest count that is of interest, which stands for larger ones. */
    int last() {
      return isLimited() ? most : least;
    }
  }

  /** Where items stand, and what they are by that. */
  record Items(List<JsonNode> leading, JsonNode further, int least, int most) {
    /** Null for any value. */
    JsonNode at(int index) {
      return index < leading.size() ? leading.get(index) : further;
    }

    /** Whether no more are written than are asked for. */
    boolean areFew(int index) {
      return index >= leading.size() && index >= least && further == null && !leading.isEmpty();
    }
  }

  /** What a schema says by itself, and what was joined to it: objects with the keywords. */
  static List<JsonNode> groups(JsonNode schema) {
    List<JsonNode> groups = new ArrayList<>();
    if (schema.has("contains")) {
      groups.add(Keywords.only(schema, Keywords.CONTAINING));
    }
    schema.path(Keywords.CONTAINS_PARTS).forEach(groups::add);
    return groups;
  }

  /** Makes a list of what a schema says, to which others can be added. */
  static void gather(ObjectNode schema) {
    List<JsonNode> groups = groups(schema);
    Keywords.CONTAINING.forEach(schema::remove);
    if (!groups.isEmpty()) {
      ArrayNode list = JSON.arrayNode();
      schema.set(Keywords.CONTAINS_PARTS, list.addAll(groups));
    }
  }

  /** What stands between the brackets; null where it is not for this class to say. */
  Expr within(JsonNode schema, Items items, Path path) {
    List<Group> groups = new ArrayList<>();
    for (JsonNode group : groups(schema)) {
      int least = SchemaCompiler.count(group, "minContains", 1, path);
      int most = SchemaCompiler.count(group, "maxContains", Expr.UNLIMITED, path);
      if (most != Expr.UNLIMITED && most < least) {
        throw path.to("maxContains").contradiction("'maxContains' is less than 'minContains'.");
      }
      if (least > 0 || most != Expr.UNLIMITED) {
        groups.add(new Group(group.get("contains"), least, most));
      }
    }
    if (groups.isEmpty()) {
      return null;
    }
    if (groups.size() > MOST_GROUPS) {
      throw path.to("contains")
          .fault("At most %d of 'contains' may hold together.".formatted(MOST_GROUPS));
    }
    return new Writer(groups, items, path.to("contains")).written();
  }

  /** Numbers of counts are mixed-radix: those of the first group step by one. */
  private final class Writer {
    private final List<Group> groups;
    private final Items items;
    private final Path path;
    private final int[] steps;
    private final int counts;
    private final Map<List<Object>, Expr> compiled = new HashMap<>();

    Writer(List<Group> groups, Items items, Path path) {
      this.groups = groups;
      this.items = items;
      this.path = path;
      this.steps = new int[groups.size()];
      long product = 1;
      for (int g = 0; g < steps.length; g++) {
        steps[g] = (int) product;
        product *= groups.get(g).last() + 1L;
        if (product * (lastIndex() + 1L) > MOST_COUNTED) {
          throw path.fault("So many items, or items that count, are not supported.");
        }
      }
      this.counts = (int) product;
    }

    /** As many items stand for all larger numbers, unless it is the largest. */
    private int lastIndex() {
      return items.most != Expr.UNLIMITED
          ? items.most
          : Math.max(1, Math.max(items.least, items.leading.size()));
    }

    Expr written() {
      int last = lastIndex();
      Expr[] rest = new Expr[counts]; // what may follow, by what counts
      for (int count = counts - 1; count >= 0; count--) {
        rest[count] = items.most == Expr.UNLIMITED ? tail(last, count, rest) : end(last, count);
      }
      for (int index = last - 1; index >= 0; index--) {
        Expr[] from = new Expr[counts];
        for (int count = 0; count < counts; count++) {
          List<Expr> ways = new ArrayList<>(List.of(end(index, count)));
          for (int claimed = 0; claimed < 1 << groups.size(); claimed++) {
            if (mayClaim(claimed, count)) {
              ways.add(Expr.seq(item(index, claimed), rest[after(claimed, count)]));
            }
          }
          from[count] = Expr.alt(ways);
        }
        rest = from;
      }
      return rest[0];
    }

    /** Any number of items that change no count, then an end or one that does. */
    private Expr tail(int index, int count, Expr[] larger) {
      List<Expr> ways = new ArrayList<>(List.of(end(index, count)));
      for (int claimed = 1; claimed < 1 << groups.size(); claimed++) {
        if (mayClaim(claimed, count)) {
          ways.add(Expr.seq(item(index, claimed), larger[after(claimed, count)]));
        }
      }
      return Expr.seq(Expr.star(item(index, 0)), Expr.alt(ways));
    }

    private Expr end(int index, int count) {
      boolean enough = index >= items.least;
      for (int g = 0; g < steps.length; g++) {
        enough &= countOf(g, count) >= groups.get(g).least;
      }
      return enough ? Expr.EMPTY : Expr.NOTHING;
    }

    private int countOf(int group, int count) {
      return count / steps[group] % (groups.get(group).last() + 1);
    }

    private boolean mayClaim(int claimed, int count) {
      for (int g = 0; g < steps.length; g++) {
        if ((claimed >> g & 1) != 0 && countOf(g, count) == groups.get(g).last()) {
          return false;
        }
      }
      return true;
    }

    private int after(int claimed, int count) {
      int after = count;
      for (int g = 0; g < steps.length; g++) {
        after += (claimed >> g & 1) * steps[g];
      }
      return after;
    }

    /** An item with its comma. */
    private Expr item(int index, int claimed) {
      int place = Math.min(index, items.leading.size());
      if (claimed == 0 && items.areFew(index)) {
        return Expr.NOTHING;
      }
      List<Object> key = List.of(place, claimed, index == 0);
      Expr known = compiled.get(key);
      if (known == null) {
        known = Expr.seq(index == 0 ? Expr.EMPTY : COMMA, value(place, claimed));
        compiled.put(key, known);
      }
      return known;
    }

    private Expr value(int place, int claimed) {
      List<JsonNode> asked = new ArrayList<>();
      if (items.at(place) != null) {
        asked.add(items.at(place));
      }
      for (int g = 0; g < steps.length; g++) {
        Group group = groups.get(g);
        if ((claimed >> g & 1) != 0) {
          asked.add(group.schema);
        } else if (group.isLimited()) {
          asked.add(negation.of(group.schema, path));
        }
      }
      try {
        return switch (asked.size()) {
          case 0 -> JsonExprs.VALUE;
          case 1 -> schemas.compile(asked.getFirst(), path);
          default ->
              schemas.compile(Rewrites.allOf(asked.toArray(JsonNode[]::new)), path.derived());
        };
      } catch (Contradiction e) { // no item is both
        return Expr.NOTHING;
      }
    }
  }
}
