package io.penstock.engine.grammar.schema;

import static io.penstock.engine.grammar.schema.JsonExprs.COMMA;

import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.TextTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Objects: named properties in the schema's order, then others where it asks for them. Names that
 * are required and not described may have any value, unless nothing but described ones may be
 * there.
 */
final class Objects {
  private static final int MOST_NODES = 100_000;

  private final SchemaCompiler schemas;

  Objects(SchemaCompiler schemas) {
    this.schemas = schemas;
  }

  Expr compile(JsonNode schema, Path path) {
    Set<String> required = required(schema, path);
    Expr others = others(schema, path);
    Map<String, Expr> members = members(schema, required, others, path);
    int least = SchemaCompiler.count(schema, "minProperties", 0, path);
    int most = SchemaCompiler.count(schema, "maxProperties", Expr.UNLIMITED, path);
    Expr content;
    if (members.isEmpty() && others != Expr.NOTHING) {
      if (least > 1) { // the same name may come twice, and counts once
        throw path.to("minProperties").fault("'minProperties' above 1 is not supported here.");
      }
      content = others(others, Set.of(), least, most);
    } else {
      if (least > required.size()) {
        throw path.to("minProperties")
            .fault("'minProperties' above the number of required properties is not supported.");
      }
      if (most != Expr.UNLIMITED && (others != Expr.NOTHING || most < members.size())) {
        throw path.to("maxProperties")
            .fault("'maxProperties' below the number of properties is not supported.");
      }
      content = listed(members, required, others);
    }
    return JsonExprs.enclosed("{", content, "}");
  }

  private static Set<String> required(JsonNode schema, Path path) {
    Set<String> required = new LinkedHashSet<>();
    JsonNode names = schema.path("required");
    if (names.isBoolean()) { // draft 3's; means nothing here
      return required;
    }
    if (schema.has("required") && !names.isArray()) {
      throw path.to("required").fault("'required' must be a list of names.");
    }
    for (JsonNode name : names) {
      if (!name.isString()) {
        throw path.to("required").fault("'required' must be a list of names.");
      }
      required.add(name.stringValue());
    }
    return required;
  }

  /** What properties may be that are not named; nothing where there may be none. */
  private Expr others(JsonNode schema, Path path) {
    JsonNode additional = schema.get("additionalProperties");
    if (additional == null) {
      return schema.path("properties").isEmpty() && schema.path("required").isEmpty()
          ? JsonExprs.VALUE
          : Expr.NOTHING;
    }
    return schemas.compile(additional, path.to("additionalProperties"));
  }

  private Map<String, Expr> members(JsonNode schema, Set<String> required, Expr others, Path path) {
    Map<String, Expr> members = new LinkedHashMap<>();
    JsonNode properties = schema.path("properties");
    if (schema.has("properties") && !properties.isObject()) {
      throw path.to("properties").fault("'properties' must be an object.");
    }
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      String name = property.getKey();
      Expr value = schemas.compile(property.getValue(), path.to("properties").to(name));
      if (value != Expr.NOTHING || required.contains(name)) {
        members.put(name, Expr.seq(JsonExprs.key(name), value));
      }
    }
    for (String name : required) {
      if (!members.containsKey(name)) {
        if (others == Expr.NOTHING && schema.has("additionalProperties")) {
          throw path.to("required")
              .fault("'%s' is required, but neither described nor allowed.".formatted(name));
        }
        Expr value = others == Expr.NOTHING ? JsonExprs.VALUE : others;
        members.put(name, Expr.seq(JsonExprs.key(name), value));
      }
    }
    return members;
  }

  /** What may follow is the same whatever was left out, so the parts are shared. */
  private static Expr listed(Map<String, Expr> members, Set<String> required, Expr others) {
    Expr furtherOnes =
        others == Expr.NOTHING ? Expr.EMPTY : others(others, members.keySet(), 0, Expr.UNLIMITED);
    Expr first = furtherOnes; // what may follow if nothing has been written
    Expr next =
        others == Expr.NOTHING
            ? Expr.EMPTY
            : Expr.star(Expr.seq(COMMA, member(others, members.keySet())));
    List<Map.Entry<String, Expr>> list = new ArrayList<>(members.entrySet());
    for (int i = list.size() - 1; i >= 0; i--) {
      Expr member = list.get(i).getValue();
      boolean optional = !required.contains(list.get(i).getKey());
      Expr with = Expr.seq(member, next);
      first = optional ? Expr.alt(with, first) : with;
      Expr withComma = Expr.seq(COMMA, member, next);
      next = optional ? Expr.alt(withComma, next) : withComma;
    }
    return first;
  }

  private static Expr others(Expr value, Set<String> except, int least, int most) {
    if (most == 0) {
      return Expr.EMPTY;
    }
    Expr member = member(value, except);
    Expr more =
        Expr.repeat(Expr.seq(COMMA, member), 0, most == Expr.UNLIMITED ? Expr.UNLIMITED : most - 1);
    Expr some = Expr.seq(member, more);
    return least > 0 ? some : Expr.alt(some, Expr.EMPTY);
  }

  private static Expr member(Expr value, Set<String> except) {
    return Expr.seq(JsonExprs.QUOTE, name(except), Expr.text("\":"), JsonExprs.SPACE, value);
  }

  private static Expr name(Set<String> except) {
    Expr any = Expr.star(Expr.chars(JsonExprs.PLAIN));
    if (except.isEmpty()) {
      return any;
    }
    Expr named =
        TextTree.of(
            except.stream()
                .map(JsonExprs::string)
                .map(quoted -> quoted.substring(1, quoted.length() - 1))
                .toList());
    Dfa dfa = Automaton.dfa(any, MOST_NODES).minus(Automaton.dfa(named, MOST_NODES));
    return Expr.machine(dfa);
  }
}
