package io.penstock.engine.grammar.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Joins schemas that must all hold into one, where their keywords can be joined. */
final class SchemaMerge {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int LONGEST_CHAIN = 64;

  /** Marks a schema that nothing satisfies. */
  private static final String IMPOSSIBLE = "\u0000impossible";

  private static final int MOST_PRODUCTS = 256;

  private final References references;
  private final Rewrites rewrites;
  private final Effort effort;
  private Unevaluated unevaluated;

  SchemaMerge(References references, Rewrites rewrites, Effort effort) {
    this.references = references;
    this.rewrites = rewrites;
    this.effort = effort;
  }

  /** These two need each other. */
  void use(Unevaluated unevaluated) {
    this.unevaluated = unevaluated;
  }

  boolean isImpossible(JsonNode schema) {
    return schema.isBoolean() && !schema.booleanValue() || schema.has(IMPOSSIBLE);
  }

  /** A schema with {@code $ref} and keywords beside it, as one without. */
  JsonNode resolved(JsonNode schema, Path path) {
    JsonNode at = schema;
    for (int i = 0; at.isObject() && at.has("$ref"); i++) {
      if (i == LONGEST_CHAIN) {
        throw path.to("$ref").fault("'$ref' leads back to itself.");
      }
      JsonNode target = references.target(at.get("$ref"), path.to("$ref"));
      ObjectNode beside = Keywords.constraining(at, Set.of("$ref"));
      at = beside.isEmpty() ? target : Rewrites.allOf(target, beside);
    }
    return at;
  }

  /** A schema with {@code allOf}, as one without. */
  JsonNode allOf(JsonNode schema, Path path) {
    JsonNode all = schema.get("allOf");
    if (!all.isArray() || all.isEmpty()) {
      throw path.to("allOf").fault("'allOf' must be a list of schemas.");
    }
    JsonNode merged = Keywords.constraining(schema, Set.of("allOf"));
    for (int i = 0; i < all.size(); i++) {
      merged = both(merged, all.get(i), path.to("allOf").to(i));
    }
    if (isImpossible(merged)) {
      throw path.to("allOf")
          .contradiction("No value can be valid: the schemas contradict each other.");
    }
    return merged;
  }

  /** One schema for two that must both hold; they may have references and {@code allOf}. */
  JsonNode both(JsonNode a, JsonNode b, Path path) {
    JsonNode first = flat(a, path);
    JsonNode second = flat(b, path);
    return joined(first, second, path);
  }

  /** A schema without references, {@code allOf} and what is rewritten. */
  JsonNode flat(JsonNode schema, Path path) {
    effort.enter(path);
    try {
      if (schema.isBoolean()) {
        return schema;
      }
      if (!schema.isObject()) {
        throw path.fault("A schema must be an object or a boolean.");
      }
      Keywords.check(schema, path);
      if (Unevaluated.applyTo(schema)) {
        return unevaluated.of(schema, path);
      }
      JsonNode resolved = resolved(schema, path);
      if (resolved.isObject()) {
        Keywords.check(resolved, path);
        if (Unevaluated.applyTo(resolved)) { // it was referred to
          return unevaluated.of(resolved, path);
        }
      }
      if (resolved.isObject() && Rewrites.applyTo(resolved)) {
        resolved = rewrites.of(resolved, path);
      }
      return resolved.isObject() && resolved.has("allOf") ? allOf(resolved, path) : resolved;
    } finally {
      effort.leave();
    }
  }

  private JsonNode joined(JsonNode a, JsonNode b, Path path) {
    if (!isSchema(a) || !isSchema(b)) {
      throw path.fault("A schema must be an object or a boolean.");
    }
    if (a.isBoolean() || b.isBoolean()) {
      JsonNode decisive = a.isBoolean() ? a : b;
      return decisive.booleanValue() ? (a.isBoolean() ? b : a) : decisive;
    }
    ObjectNode merged = Keywords.constraining(a, Set.of());
    ObjectNode other = Keywords.constraining(b, Set.of());
    if (merged.has("oneOf") && other.has("oneOf")) {
      asAnyOf(merged, path);
      asAnyOf(other, path);
    }
    joinProperties(merged, other);
    ItemMerge.join(merged, other);
    Contains.gather(merged);
    Contains.gather(other);
    for (Map.Entry<String, JsonNode> entry : other.properties()) {
      String keyword = entry.getKey();
      if (Keywords.PROPERTIES.contains(keyword) || ItemMerge.KEYWORDS.contains(keyword)) {
        continue;
      }
      JsonNode own = merged.get(keyword);
      if (own == null) {
        merged.set(keyword, entry.getValue());
      } else if (!own.equals(entry.getValue())) {
        merged.set(keyword, joinKeyword(merged, keyword, own, entry.getValue(), path));
      }
    }
    return merged;
  }

  /** Options that exclude each other anyway need not be told to. */
  private void asAnyOf(ObjectNode schema, Path path) {
    List<JsonNode> options = new ArrayList<>();
    schema.path("oneOf").forEach(options::add);
    new Disjointness(references).require(options, path.to("oneOf"));
    schema.remove("oneOf");
    ObjectNode anyOf = JSON.objectNode();
    anyOf.putArray("anyOf").addAll(options);
    JsonNode own = schema.get("anyOf");
    schema.set("anyOf", own == null ? anyOf.get("anyOf") : products(own, anyOf.get("anyOf"), path));
  }

  private static boolean isSchema(JsonNode node) {
    return node.isBoolean() || node.isObject();
  }

  private static JsonNode joinKeyword(
      ObjectNode merged, String keyword, JsonNode a, JsonNode b, Path path) {
    return switch (keyword) {
      case "type" -> types(merged, a, b);
      case "enum" -> common(merged, a, b);
      case "const" -> {
        merged.put(IMPOSSIBLE, true);
        yield a;
      }
      case "required" -> union(a, b);
      case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" ->
          larger(a, b) ? a : b;
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" ->
          larger(a, b) ? b : a;
      case "propertyNames" -> allOf(a, b);
      case "pattern", "format", "multipleOf" -> union(list(a), list(b));
      case Keywords.NOT_VALUES,
          Keywords.NOT_PATTERN,
          Keywords.NOT_MULTIPLE,
          Keywords.PARTS,
          Keywords.CONTAINS_PARTS ->
          union(a, b);
      case "uniqueItems" -> JSON.booleanNode(isTrue(a) || isTrue(b));
      case "anyOf" -> products(a, b, path);
      default ->
          throw path.to(keyword)
              .fault("Two '%s' that must both hold cannot be combined.".formatted(keyword));
    };
  }

  /** Each side's {@code additionalProperties} speak of what only the other side names. */
  private static void joinProperties(ObjectNode a, ObjectNode b) {
    boolean patterns = a.has("patternProperties") || b.has("patternProperties");
    if (!Keywords.hasAny(a, Keywords.PROPERTIES) || !Keywords.hasAny(b, Keywords.PROPERTIES)) {
      for (String keyword : Keywords.PROPERTIES) {
        if (b.has(keyword)) {
          a.set(keyword, b.get(keyword));
        }
      }
      return;
    }
    if (patterns) { // which of them a name matches decides what it is asked for, on each side
      ArrayNode parts = JSON.arrayNode();
      a.path(Keywords.PARTS).forEach(parts::add);
      parts.add(moved(a)).add(moved(b));
      a.set(Keywords.PARTS, parts);
      return;
    }
    ObjectNode properties = JSON.objectNode();
    Set<String> names = new LinkedHashSet<>();
    for (ObjectNode side : new ObjectNode[] {a, b}) {
      side.path("properties").properties().forEach(entry -> names.add(entry.getKey()));
    }
    for (String name : names) {
      JsonNode own = memberOf(a, name);
      JsonNode other = memberOf(b, name);
      properties.set(
          name,
          own == null ? other : other == null ? own : own.equals(other) ? own : allOf(own, other));
    }
    if (!properties.isEmpty()) {
      a.set("properties", properties);
    }
    JsonNode own = a.get("additionalProperties");
    JsonNode other = b.get("additionalProperties");
    if (own == null && other != null) {
      a.set("additionalProperties", other);
    } else if (own != null && other != null && !own.equals(other)) {
      a.set(
          "additionalProperties",
          isFalse(own) || isFalse(other) ? JSON.booleanNode(false) : allOf(own, other));
    }
  }

  private static boolean isFalse(JsonNode schema) {
    return schema.isBoolean() && !schema.booleanValue();
  }

  private static boolean isTrue(JsonNode value) {
    return value.isBoolean() && value.booleanValue();
  }

  /** Takes the keywords that speak of properties away. */
  private static ObjectNode moved(ObjectNode schema) {
    ObjectNode part = JSON.objectNode();
    for (String keyword : Keywords.PROPERTIES) {
      if (schema.has(keyword)) {
        part.set(keyword, schema.remove(keyword));
      }
    }
    return part;
  }

  private static JsonNode memberOf(ObjectNode schema, String name) {
    JsonNode described = schema.path("properties").get(name);
    return described != null ? described : schema.get("additionalProperties");
  }

  static JsonNode allOf(JsonNode a, JsonNode b) {
    if (isFalse(a) || isFalse(b)) {
      return JSON.booleanNode(false);
    }
    ObjectNode both = JSON.objectNode();
    both.set("allOf", JSON.arrayNode().add(a).add(b));
    return both;
  }

  private static ArrayNode list(JsonNode value) {
    return value.isArray() ? (ArrayNode) value : JSON.arrayNode().add(value);
  }

  private static ArrayNode union(JsonNode a, JsonNode b) {
    Set<JsonNode> all = new LinkedHashSet<>();
    a.forEach(all::add);
    b.forEach(all::add);
    return JSON.arrayNode().addAll(all);
  }

  private static JsonNode common(ObjectNode merged, JsonNode a, JsonNode b) {
    Set<JsonNode> others = new LinkedHashSet<>();
    b.forEach(others::add);
    ArrayNode common = JSON.arrayNode();
    for (JsonNode value : a) {
      if (others.contains(value)) {
        common.add(value);
      }
    }
    if (common.isEmpty()) {
      merged.put(IMPOSSIBLE, true);
    }
    return common;
  }

  private static JsonNode types(ObjectNode merged, JsonNode a, JsonNode b) {
    Set<JsonNode> common = new LinkedHashSet<>();
    for (JsonNode x : list(a)) {
      for (JsonNode y : list(b)) {
        String one = x.asString("");
        String two = y.asString("");
        if (one.equals(two) || one.equals("integer") && two.equals("number")) {
          common.add(x);
        } else if (one.equals("number") && two.equals("integer")) {
          common.add(y);
        }
      }
    }
    if (common.isEmpty()) {
      merged.put(IMPOSSIBLE, true);
    }
    return JSON.arrayNode().addAll(common);
  }

  private static boolean larger(JsonNode a, JsonNode b) {
    return a.isNumber() && b.isNumber() && a.decimalValue().compareTo(b.decimalValue()) > 0;
  }

  private static JsonNode products(JsonNode a, JsonNode b, Path path) {
    if ((long) a.size() * b.size() > MOST_PRODUCTS) {
      throw path.fault(
          "It is too complex: alternatives that must hold together make more than %d combinations."
              .formatted(MOST_PRODUCTS));
    }
    ArrayNode products = JSON.arrayNode();
    for (JsonNode x : a) {
      for (JsonNode y : b) {
        products.add(allOf(x, y));
      }
    }
    return products;
  }
}
