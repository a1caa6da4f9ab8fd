package io.penstock.engine.grammar.schema;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Whether no value satisfies two options of a {@code oneOf}, as far as can be told from them: their
 * types differ, or their constants, or a property that both require, or each requires one that the
 * other does not write.
 */
final class Disjointness {
  private static final int DEEPEST = 8;

  private final References references;

  Disjointness(References references) {
    this.references = references;
  }

  void require(List<JsonNode> options, Path path) {
    for (int i = 0; i < options.size(); i++) {
      for (int j = i + 1; j < options.size(); j++) {
        if (!areDisjoint(options.get(i), options.get(j), path, 0)) {
          throw path.fault(
              "Options %d and %d of 'oneOf' may both hold, which cannot be excluded; use 'anyOf', or tell them apart by a constant."
                  .formatted(i, j));
        }
      }
    }
  }

  private boolean areDisjoint(JsonNode first, JsonNode second, Path path, int depth) {
    JsonNode a = resolve(first, path);
    JsonNode b = resolve(second, path);
    if (isFalse(a) || isFalse(b)) {
      return true;
    }
    if (depth > DEEPEST || !a.isObject() || !b.isObject()) {
      return false;
    }
    Set<JsonNode> valuesOfA = values(a);
    Set<JsonNode> valuesOfB = values(b);
    if (valuesOfA != null && valuesOfB != null) {
      return valuesOfA.stream().noneMatch(valuesOfB::contains);
    }
    Set<String> typesOfA = types(a, valuesOfA);
    Set<String> typesOfB = types(b, valuesOfB);
    if (!typesOfA.isEmpty()
        && !typesOfB.isEmpty()
        && typesOfA.stream().noneMatch(typesOfB::contains)) {
      return true;
    }
    boolean objects = typesOfA.equals(Set.of("object")) && typesOfB.equals(Set.of("object"));
    return objects && objectsDiffer(a, b, path, depth);
  }

  private boolean objectsDiffer(JsonNode a, JsonNode b, Path path, int depth) {
    Set<String> requiredByA = names(a);
    Set<String> requiredByB = names(b);
    for (String name : requiredByA) {
      JsonNode ofA = a.path("properties").get(name);
      JsonNode ofB = b.path("properties").get(name);
      if (requiredByB.contains(name)
          && ofA != null
          && ofB != null
          && areDisjoint(ofA, ofB, path, depth + 1)) {
        return true;
      }
    }
    return lacks(a, requiredByB) && lacks(b, requiredByA);
  }

  /** Whether objects that are written by the schema lack one of these properties. */
  private static boolean lacks(JsonNode schema, Set<String> required) {
    JsonNode additional = schema.get("additionalProperties");
    boolean closed = additional == null || isFalse(additional);
    return closed
        && !schema.has("patternProperties")
        && !schema.has(Keywords.PARTS)
        && schema.has("properties")
        && required.stream()
            .anyMatch(
                name -> !schema.path("properties").has(name) && !names(schema).contains(name));
  }

  private JsonNode resolve(JsonNode schema, Path path) {
    JsonNode at = schema;
    for (int i = 0; i < DEEPEST && at.isObject() && at.has("$ref"); i++) {
      at = references.target(at.get("$ref"), path);
    }
    return at;
  }

  private static boolean isFalse(JsonNode schema) {
    return schema.isBoolean() && !schema.booleanValue();
  }

  private static Set<String> names(JsonNode schema) {
    Set<String> names = new HashSet<>();
    schema.path("required").forEach(name -> names.add(name.asString("")));
    return names;
  }

  /** All values that it allows, or null when they are not listed. */
  private static Set<JsonNode> values(JsonNode schema) {
    if (schema.has("const")) {
      return Set.of(Values.comparable(schema.get("const")));
    }
    if (!schema.path("enum").isArray()) {
      return null;
    }
    Set<JsonNode> values = new HashSet<>();
    schema.get("enum").forEach(value -> values.add(Values.comparable(value)));
    return values;
  }

  /** Types of its values, integers as numbers; empty where unknown. */
  private static Set<String> types(JsonNode schema, Set<JsonNode> values) {
    Set<String> types = new HashSet<>();
    if (values != null) {
      for (JsonNode value : values) {
        for (String type : List.of("string", "number", "boolean", "null", "object", "array")) {
          if (Values.isOfType(value, type)) {
            types.add(type);
          }
        }
      }
      return types;
    }
    JsonNode type = schema.path("type");
    for (JsonNode one : type.isArray() ? type : List.of(type)) {
      String name = one.asString("");
      if (!name.isEmpty()) {
        types.add(name.equals("integer") ? "number" : name);
      }
    }
    if (types.isEmpty() && Keywords.hasAny(schema, Keywords.OBJECT)) {
      types.add("object");
    }
    return types;
  }
}
