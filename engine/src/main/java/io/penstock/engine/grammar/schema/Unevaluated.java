package io.penstock.engine.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says {@code unevaluatedProperties} and {@code unevaluatedItems} by {@code additionalProperties}
 * and {@code items}: once everything that must hold is joined, and each option stands for itself,
 * what is evaluated is what the joined schema describes. What was made by {@link Negation}
 * describes without evaluating: a schema that fails evaluates nothing.
 */
final class Unevaluated {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String PROPERTIES = "unevaluatedProperties";
  private static final String ITEMS = "unevaluatedItems";

  private final SchemaMerge merge;
  private final Exclusive exclusive;

  Unevaluated(SchemaMerge merge, Exclusive exclusive) {
    this.merge = merge;
    this.exclusive = exclusive;
  }

  static boolean applyTo(JsonNode schema) {
    return asks(schema, PROPERTIES) || asks(schema, ITEMS);
  }

  /** Whether a document has one of these keywords anywhere. */
  static boolean isIn(JsonNode document) {
    if (document.isObject() && applyTo(document)) {
      return true;
    }
    for (JsonNode part : document) {
      if (isIn(part)) {
        return true;
      }
    }
    return false;
  }

  private static boolean asks(JsonNode schema, String keyword) {
    JsonNode value = schema.path(keyword);
    return schema.has(keyword) && !(value.isBoolean() && value.booleanValue());
  }

  /** A schema without these keywords, and without references and {@code allOf} beside them. */
  JsonNode of(JsonNode schema, Path path) {
    for (String keyword : Keywords.UNEVALUATED) {
      JsonNode value = schema.path(keyword);
      if (schema.has(keyword) && !value.isObject() && !value.isBoolean()) {
        throw path.to(keyword).fault("A schema must be an object or a boolean.");
      }
    }
    JsonNode properties = asks(schema, PROPERTIES) ? schema.get(PROPERTIES) : null;
    JsonNode items = asks(schema, ITEMS) ? schema.get(ITEMS) : null;
    JsonNode plain = Keywords.constraining(schema, Keywords.UNEVALUATED);
    return closed(merge.flat(plain, path.derived()), properties, items, path.derived());
  }

  private JsonNode closed(JsonNode schema, JsonNode properties, JsonNode items, Path path) {
    if (merge.isImpossible(schema)) {
      return JSON.booleanNode(false);
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (schema.has(keyword)) {
        return options(schema, keyword, properties, items, path);
      }
    }
    ObjectNode closed =
        schema.isBoolean() ? JSON.objectNode() : Keywords.constraining(schema, Set.of());
    if (properties != null) {
      closeProperties(closed, properties);
    }
    if (items != null) {
      closeItems(closed, items);
    }
    return closed;
  }

  /** What is evaluated depends on which of the options holds. */
  private JsonNode options(
      JsonNode schema, String keyword, JsonNode properties, JsonNode items, Path path) {
    JsonNode options = Keywords.options(schema, keyword, path);
    JsonNode base = Keywords.constraining(schema, Set.of(keyword));
    List<JsonNode> merged = new ArrayList<>();
    for (JsonNode option : options) {
      merged.add(joined(base, option, path));
    }
    ArrayNode closed = JSON.arrayNode();
    for (JsonNode option : keyword.equals("oneOf") ? exclusive.of(merged, options, path) : merged) {
      closed.add(closed(option, properties, items, path));
    }
    return JSON.objectNode().set("anyOf", closed);
  }

  private JsonNode joined(JsonNode base, JsonNode option, Path path) {
    try {
      return merge.both(base, option, path);
    } catch (Contradiction e) {
      return JSON.booleanNode(false);
    }
  }

  private static void closeProperties(ObjectNode schema, JsonNode others) {
    List<JsonNode> parts = new ArrayList<>(List.of(schema));
    schema.path(Keywords.PARTS).forEach(parts::add);
    parts.removeIf(part -> part.has(Keywords.SILENT));
    if (parts.stream().anyMatch(part -> part.has("additionalProperties"))) {
      return; // which evaluates all of them
    }
    if (!schema.has(Keywords.PARTS)) {
      schema.set("additionalProperties", others);
      return;
    }
    ObjectNode closing = JSON.objectNode();
    ObjectNode properties = closing.putObject("properties");
    ObjectNode patterns = JSON.objectNode();
    for (JsonNode part : parts) {
      for (Map.Entry<String, JsonNode> entry : part.path("properties").properties()) {
        properties.put(entry.getKey(), true);
      }
      for (Map.Entry<String, JsonNode> entry : part.path("patternProperties").properties()) {
        patterns.put(entry.getKey(), true);
      }
    }
    if (!patterns.isEmpty()) {
      closing.set("patternProperties", patterns);
    }
    closing.set("additionalProperties", others);
    ArrayNode all = JSON.arrayNode();
    schema.path(Keywords.PARTS).forEach(all::add);
    schema.set(Keywords.PARTS, all.add(closing));
  }

  /** Items that {@code contains} speaks of are evaluated where they hold it. */
  private static void closeItems(ObjectNode schema, JsonNode others) {
    boolean older = schema.path("items").isArray();
    String further = older ? "additionalItems" : "items";
    if (schema.has(further)) {
      return; // which evaluates all of them
    }
    List<JsonNode> evaluated = new ArrayList<>();
    for (JsonNode group : Contains.groups(schema)) {
      if (!group.has(Keywords.SILENT)) {
        evaluated.add(group.get("contains"));
      }
    }
    evaluated.add(others);
    schema.set(
        further,
        evaluated.size() == 1 ? others : Rewrites.anyOf(evaluated.toArray(JsonNode[]::new)));
  }
}
