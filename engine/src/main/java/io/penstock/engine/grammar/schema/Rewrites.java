package io.penstock.engine.grammar.schema;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says {@code not}, {@code if} and {@code dependent...} by {@code allOf} and {@code anyOf}, which
 * mean the same.
 */
final class Rewrites {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Negation negation;

  Rewrites(Negation negation) {
    this.negation = negation;
  }

  static boolean applyTo(JsonNode schema) {
    return Keywords.hasAny(schema, Keywords.REWRITTEN);
  }

  /** A schema without the keywords that {@link #applyTo} looks for. */
  JsonNode of(JsonNode schema, Path path) {
    ObjectNode plain = Keywords.constraining(schema, Keywords.REWRITTEN);
    ArrayNode all = JSON.arrayNode();
    plain.path("allOf").forEach(all::add);
    if (schema.has("not")) {
      all.add(negation.of(schema.get("not"), path.to("not")));
    }
    if (schema.has("if")) {
      all.add(conditional(schema, path));
    }
    for (String keyword : new String[] {"dependentRequired", "dependentSchemas", "dependencies"}) {
      if (schema.has(keyword)) {
        dependent(schema.get(keyword), path.to(keyword), all);
      }
    }
    if (!all.isEmpty()) {
      plain.set("allOf", all);
    }
    return plain;
  }

  private JsonNode conditional(JsonNode schema, Path path) {
    JsonNode condition = schema.get("if");
    JsonNode otherwise = negation.of(condition, path.to("if"));
    JsonNode then = schema.has("then") ? schema.get("then") : JSON.booleanNode(true);
    JsonNode orElse = schema.has("else") ? schema.get("else") : JSON.booleanNode(true);
    return anyOf(allOf(condition, then), allOf(otherwise, orElse));
  }

  /** Each of its properties, where it is there, asks for other ones or for a schema. */
  private static void dependent(JsonNode dependent, Path path, ArrayNode all) {
    if (!dependent.isObject()) {
      throw path.fault("It must be an object.");
    }
    for (Map.Entry<String, JsonNode> entry : dependent.properties()) {
      ObjectNode present = JSON.objectNode();
      ArrayNode required = present.putArray("required").add(entry.getKey());
      JsonNode asked = entry.getValue();
      if (asked.isArray()) {
        asked.forEach(required::add);
      }
      all.add(anyOf(absent(entry.getKey()), asked.isArray() ? present : allOf(present, asked)));
    }
  }

  /** Objects without a property; says nothing of what is no object. */
  static ObjectNode absent(String name) {
    ObjectNode schema = JSON.objectNode();
    schema.putObject("properties").put(name, false);
    return schema;
  }

  static ObjectNode allOf(JsonNode... schemas) {
    return list("allOf", schemas);
  }

  static ObjectNode anyOf(JsonNode... schemas) {
    return list("anyOf", schemas);
  }

  private static ObjectNode list(String keyword, JsonNode... schemas) {
    ObjectNode schema = JSON.objectNode();
    schema.putArray(keyword).addAll(List.of(schemas));
    return schema;
  }
}
