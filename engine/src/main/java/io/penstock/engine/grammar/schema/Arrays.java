package io.penstock.engine.grammar.schema;

import static io.penstock.engine.grammar.schema.JsonExprs.COMMA;

import io.penstock.engine.grammar.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Arrays: leading items of their own schemas, then items of one schema, within bounds. */
final class Arrays {
  private final SchemaCompiler schemas;
  private final Contains contains;

  Arrays(SchemaCompiler schemas, Contains contains) {
    this.schemas = schemas;
    this.contains = contains;
  }

  Expr compile(JsonNode schema, Path path) {
    int least = SchemaCompiler.count(schema, "minItems", 0, path);
    int most = SchemaCompiler.count(schema, "maxItems", Expr.UNLIMITED, path);
    boolean older = schema.path("items").isArray(); // draft 2019-09 and before
    String leading = older ? "items" : "prefixItems";
    String further = older ? "additionalItems" : "items";
    List<Expr> first = new ArrayList<>();
    JsonNode prefix = schema.path(leading);
    if (schema.has(leading) && !prefix.isArray()) {
      throw path.to(leading).fault("'%s' must be a list of schemas.".formatted(leading));
    }
    Expr counted = contains.within(schema, items(prefix, schema.get(further), least, most), path);
    for (int i = 0;
        counted == null && i < prefix.size() && (most == Expr.UNLIMITED || i < most);
        i++) {
      first.add(schemas.compile(prefix.get(i), path.to(leading).to(i)));
    }
    JsonNode unique = schema.path("uniqueItems");
    if (unique.isBoolean() && unique.booleanValue() && (most == Expr.UNLIMITED || most > 1)) {
      if (counted != null || !first.isEmpty() || schema.has("prefixItems")) {
        throw path.to("uniqueItems")
            .fault(
                "'uniqueItems' is not supported beside '%s'."
                    .formatted(counted != null ? "contains" : leading));
      }
      List<JsonNode> values = schemas.finite(schema.path("items"), path.to("items"));
      return JsonExprs.enclosed(
          "[", UniqueItems.of(values, least, most, path.to("uniqueItems")), "]");
    }
    if (counted != null) {
      return JsonExprs.enclosed("[", counted, "]");
    }
    boolean mayGoOn = most == Expr.UNLIMITED || most > first.size();
    Expr item =
        !mayGoOn
            ? Expr.NOTHING
            : schema.has(further)
                ? further(schema.get(further), path.to(further))
                : first.isEmpty() || least > first.size() ? JsonExprs.VALUE : Expr.NOTHING;
    return JsonExprs.enclosed("[", items(first, item, least, most), "]");
  }

  private static Contains.Items items(JsonNode prefix, JsonNode further, int least, int most) {
    List<JsonNode> leading = new ArrayList<>();
    prefix.forEach(leading::add);
    return new Contains.Items(leading, further, least, most);
  }

  /** What was made of several schemas may allow no item at all, which leaves the empty array. */
  private Expr further(JsonNode schema, Path path) {
    try {
      return schemas.compile(schema, path);
    } catch (Contradiction e) {
      if (path.fixed()) {
        return Expr.NOTHING;
      }
      throw e;
    }
  }

  /** From the last item to the first, since fewer than all of the leading ones may be there. */
  private static Expr items(List<Expr> first, Expr item, int least, int most) {
    int count = first.size();
    int moreLeast = Math.max(0, least - count);
    int moreMost = most == Expr.UNLIMITED ? Expr.UNLIMITED : Math.max(0, most - count);
    if (count == 0) {
      if (item == Expr.NOTHING || moreMost == 0) {
        return moreLeast == 0 ? Expr.EMPTY : Expr.NOTHING;
      }
      Expr others =
          Expr.repeat(
              Expr.seq(COMMA, item),
              Math.max(0, moreLeast - 1),
              moreMost == Expr.UNLIMITED ? Expr.UNLIMITED : moreMost - 1);
      Expr some = Expr.seq(item, others);
      return least == 0 ? Expr.alt(Expr.EMPTY, some) : some;
    }
    Expr rest = Expr.repeat(Expr.seq(COMMA, item), moreLeast, moreMost);
    for (int i = count - 1; i >= 0; i--) {
      Expr from = Expr.seq(i == 0 ? Expr.EMPTY : COMMA, first.get(i), rest);
      rest = i < least ? from : Expr.alt(Expr.EMPTY, from);
    }
    return rest;
  }
}
