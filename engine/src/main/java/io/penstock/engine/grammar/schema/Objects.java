package io.penstock.engine.grammar.schema;

import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects: named properties in the schema's order, then others where it asks for them, by {@code
 * additionalProperties} or by patterns. Names that are required and not described may have any
 * value, unless nothing but described ones may be there.
 */
final class Objects {
  private final SchemaCompiler schemas;

  Objects(SchemaCompiler schemas) {
    this.schemas = schemas;
  }

  Expr compile(JsonNode schema, Path path) {
    Set<String> required = required(schema, path);
    List<JsonNode> parts = parts(schema);
    Names names = names(schema, parts, path);
    Set<String> described = new LinkedHashSet<>();
    for (JsonNode part : parts) {
      JsonNode properties = part.path("properties");
      if (part.has("properties") && !properties.isObject()) {
        throw path.to("properties").fault("'properties' must be an object.");
      }
      properties.properties().forEach(property -> described.add(property.getKey()));
    }
    described.addAll(required);
    List<Members.Member> members = new ArrayList<>();
    for (String name : described) {
      Expr value = named(name, parts, names, required.contains(name), path);
      if (value != Expr.NOTHING) {
        members.add(
            new Members.Member(Expr.seq(JsonExprs.key(name), value), required.contains(name)));
      }
    }
    Expr others = others(parts, names, described, path);
    return JsonExprs.enclosed("{", new Members(members, others).within(schema, path), "}");
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

  /** What speaks of properties: the schema itself, and what was joined to it. */
  private static List<JsonNode> parts(JsonNode schema) {
    List<JsonNode> parts = new ArrayList<>();
    if (Keywords.hasAny(schema, Keywords.PROPERTIES)) {
      parts.add(schema);
    }
    schema.path(Keywords.PARTS).forEach(parts::add);
    return parts;
  }

  private Names names(JsonNode schema, List<JsonNode> parts, Path path) {
    Dfa allowed = null;
    if (schema.has("propertyNames")) {
      Path at = path.to("propertyNames");
      JsonNode asked = schema.get("propertyNames");
      ObjectNode strings = JsonNodeFactory.instance.objectNode();
      strings.putArray("allOf").add(asked).addObject().put("type", "string");
      Expr texts;
      try {
        texts = schemas.compile(strings, at.derived());
      } catch (Contradiction e) {
        texts = Expr.NOTHING;
      }
      allowed = Names.dfa(texts, at);
    }
    Names names = new Names(allowed);
    for (JsonNode part : parts) {
      if (part.has("patternProperties")) {
        names.addPatterns(part.get("patternProperties"), path.to("patternProperties"));
      }
    }
    return names;
  }

  /** What a property may be; nothing where it is optional and may not be there. */
  private Expr named(String name, List<JsonNode> parts, Names names, boolean required, Path path) {
    List<JsonNode> asked = new ArrayList<>();
    boolean closed = false;
    for (JsonNode part : parts) {
      int before = asked.size();
      JsonNode own = part.path("properties").get(name);
      if (own != null) {
        asked.add(own);
      }
      for (Map.Entry<String, JsonNode> entry : part.path("patternProperties").properties()) {
        if (names.matches(entry.getKey(), name)) {
          asked.add(entry.getValue());
        }
      }
      if (asked.size() == before && part.has("additionalProperties")) {
        JsonNode additional = part.get("additionalProperties");
        closed |= additional.isBoolean() && !additional.booleanValue();
        asked.add(additional);
      }
    }
    if (closed && required) {
      throw path.to("required")
          .contradiction("'%s' is required, but neither described nor allowed.".formatted(name));
    }
    if (!names.allow(name)) {
      if (required) {
        throw path.to("required")
            .contradiction("'%s' is required, but 'propertyNames' excludes it.".formatted(name));
      }
      return Expr.NOTHING;
    }
    try {
      Expr value = asked.isEmpty() ? JsonExprs.VALUE : all(asked, path.to("properties").to(name));
      if (value == Expr.NOTHING && required) {
        throw path.to("required")
            .contradiction("'%s' is required, but not allowed.".formatted(name));
      }
      return value;
    } catch (Contradiction e) {
      boolean asWritten = asked.size() == 1 && !path.fixed();
      if (required || asWritten) { // which is a mistake rather than meant
        throw e;
      }
      return Expr.NOTHING;
    }
  }

  private Expr all(List<JsonNode> asked, Path path) {
    if (asked.size() == 1) {
      return schemas.compile(asked.getFirst(), path);
    }
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    all.putArray("allOf").addAll(asked);
    return schemas.compile(all, path.derived());
  }

  // ---- properties that are not named

  /** Such a property, from its name to its value; nothing where there may be none. */
  private Expr others(List<JsonNode> parts, Names names, Set<String> described, Path path) {
    List<String> patterns = List.copyOf(names.patterns());
    boolean additional = parts.stream().anyMatch(part -> part.has("additionalProperties"));
    boolean free = described.isEmpty() && patterns.isEmpty();
    List<Expr> ways = new ArrayList<>();
    for (int subset = additional || free ? 0 : 1; subset < 1 << patterns.size(); subset++) {
      Set<String> matched = new LinkedHashSet<>();
      for (int i = 0; i < patterns.size(); i++) {
        if ((subset >> i & 1) != 0) {
          matched.add(patterns.get(i));
        }
      }
      ways.add(other(parts, names, matched, described, path));
    }
    return Expr.alt(ways);
  }

  private Expr other(
      List<JsonNode> parts, Names names, Set<String> matched, Set<String> except, Path path) {
    Map<JsonNode, Path> asked = new LinkedHashMap<>();
    for (JsonNode part : parts) {
      boolean covered = false;
      for (Map.Entry<String, JsonNode> entry : part.path("patternProperties").properties()) {
        if (matched.contains(entry.getKey())) {
          asked.put(entry.getValue(), path.to("patternProperties").to(entry.getKey()));
          covered = true;
        }
      }
      if (!covered && part.has("additionalProperties")) {
        asked.put(part.get("additionalProperties"), path.to("additionalProperties"));
      }
    }
    if (asked.keySet().stream().anyMatch(one -> one.isBoolean() && !one.booleanValue())) {
      return Expr.NOTHING;
    }
    Expr name = names.matching(matched, except, path);
    if (name == Expr.NOTHING) {
      return name;
    }
    Expr value;
    try {
      value =
          asked.isEmpty()
              ? JsonExprs.VALUE
              : all(List.copyOf(asked.keySet()), asked.values().iterator().next());
    } catch (Contradiction e) {
      if (asked.size() == 1 && !path.fixed()) {
        throw e;
      }
      return Expr.NOTHING;
    }
    return value == Expr.NOTHING ? value : Expr.seq(name, Expr.text(":"), JsonExprs.SPACE, value);
  }
}
