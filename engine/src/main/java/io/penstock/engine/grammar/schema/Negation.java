package io.penstock.engine.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schema of all values that are not valid by another one: by De Morgan's laws keyword by
 * keyword, each of which is broken only by values of the type that it speaks of. Keywords of parts
 * that have no such counterpart are refused.
 */
final class Negation {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> TYPES =
      List.of("object", "array", "string", "number", "boolean", "null");

  private final References references;
  private final Effort effort;
  private final boolean silent;
  private final ArrayNegation arrays;

  /**
   * @param silent whether something asks what is evaluated: a schema that must not hold evaluates
   *     nothing
   */
  Negation(References references, Effort effort, boolean silent) {
    this.references = references;
    this.effort = effort;
    this.silent = silent;
    this.arrays = new ArrayNegation(this::of, silent);
  }

  JsonNode of(JsonNode schema, Path path) {
    effort.enter(path);
    try {
      return negated(schema, path);
    } finally {
      effort.leave();
    }
  }

  private JsonNode negated(JsonNode schema, Path path) {
    if (schema.isBoolean()) {
      return JSON.booleanNode(!schema.booleanValue());
    }
    if (!schema.isObject()) {
      throw path.fault("A schema must be an object or a boolean.");
    }
    Keywords.check(schema, path);
    List<JsonNode> ways = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      if (Keywords.constrains(entry.getKey())) {
        ways(schema, entry.getKey(), entry.getValue(), path.to(entry.getKey()), ways);
      }
    }
    ways.removeIf(way -> way.isBoolean() && !way.booleanValue());
    if (ways.isEmpty()) {
      return JSON.booleanNode(false);
    }
    return ways.size() == 1 ? ways.getFirst() : Rewrites.anyOf(ways.toArray(JsonNode[]::new));
  }

  /** Adds schemas of values that break one keyword. */
  private void ways(
      JsonNode schema, String keyword, JsonNode value, Path path, List<JsonNode> ways) {
    switch (keyword) {
      case "$ref" -> ways.add(of(references.target(value, path), path));
      case "not" -> ways.add(silently(value, path));
      case "type" -> types(value, ways);
      case "enum" -> ways.add(JSON.objectNode().set(Keywords.NOT_VALUES, value));
      case "const" ->
          ways.add(JSON.objectNode().set(Keywords.NOT_VALUES, JSON.arrayNode().add(value)));
      case Keywords.NOT_VALUES -> ways.add(JSON.objectNode().set("enum", value));
      case "allOf" -> each(value, path, ways);
      case "anyOf" -> all(value, path, ways);
      case "oneOf" -> {
        List<JsonNode> options = new ArrayList<>();
        value.forEach(options::add);
        new Disjointness(references).require(options, path);
        all(value, path, ways);
      }
      case "if" -> conditional(schema, path, ways);
      case "then", "else" -> {} // with "if"
      case "dependentRequired", "dependentSchemas", "dependencies" -> dependent(value, path, ways);
      case "required" -> {
        for (JsonNode name : value) {
          ways.add(Rewrites.absent(name.asString("")).put("type", "object"));
        }
      }
      case "properties" -> properties(value, path, ways);
      case Keywords.PARTS -> parts(value, path, ways);
      case "contains" -> arrays.contains(Keywords.only(schema, Keywords.CONTAINING), path, ways);
      case "minContains", "maxContains" -> {} // with "contains"
      case Keywords.CONTAINS_PARTS -> value.forEach(group -> arrays.contains(group, path, ways));
      case "items" -> supported(arrays.items(schema, value, path, ways), keyword, path);
      case "prefixItems" -> supported(arrays.leading(value, path, ways), keyword, path);
      default -> bounds(schema, keyword, value, path, ways);
    }
  }

  /** A schema that must hold, but within one that must not. */
  private JsonNode silently(JsonNode schema, Path path) {
    return silent ? of(of(schema, path), path) : schema;
  }

  private void each(JsonNode schemas, Path path, List<JsonNode> ways) {
    for (int i = 0; i < schemas.size(); i++) {
      ways.add(of(schemas.get(i), path.to(i)));
    }
  }

  private void all(JsonNode schemas, Path path, List<JsonNode> ways) {
    List<JsonNode> negated = new ArrayList<>();
    each(schemas, path, negated);
    ways.add(Rewrites.allOf(negated.toArray(JsonNode[]::new)));
  }

  private static void types(JsonNode type, List<JsonNode> ways) {
    List<String> named = new ArrayList<>();
    if (type.isArray()) {
      type.forEach(one -> named.add(one.asString("")));
    } else {
      named.add(type.asString(""));
    }
    boolean wholeOnly = named.contains("integer") && !named.contains("number");
    ArrayNode others = JSON.arrayNode();
    for (String one : TYPES) {
      if (!named.contains(one) && !(wholeOnly && one.equals("number"))) {
        others.add(one);
      }
    }
    if (!others.isEmpty()) {
      ways.add(JSON.objectNode().set("type", others));
    }
    if (wholeOnly) {
      ways.add(of("number").set(Keywords.NOT_MULTIPLE, JSON.arrayNode().add(JSON.numberNode(1))));
    }
  }

  private void conditional(JsonNode schema, Path path, List<JsonNode> ways) {
    JsonNode condition = schema.get("if");
    if (schema.has("then")) {
      ways.add(Rewrites.allOf(silently(condition, path), of(schema.get("then"), path)));
    }
    if (schema.has("else")) {
      ways.add(Rewrites.allOf(of(condition, path), of(schema.get("else"), path)));
    }
  }

  private void dependent(JsonNode dependent, Path path, List<JsonNode> ways) {
    for (Map.Entry<String, JsonNode> entry : dependent.properties()) {
      ObjectNode present = of("object");
      present.putArray("required").add(entry.getKey());
      if (entry.getValue().isArray()) {
        for (JsonNode name : entry.getValue()) {
          ways.add(Rewrites.allOf(present, Rewrites.absent(name.asString(""))));
        }
      } else {
        ways.add(Rewrites.allOf(present, of(entry.getValue(), path.to(entry.getKey()))));
      }
    }
  }

  private void properties(JsonNode properties, Path path, List<JsonNode> ways) {
    for (Map.Entry<String, JsonNode> entry : properties.properties()) {
      JsonNode other = of(entry.getValue(), path.to(entry.getKey()));
      if (other.isBoolean() && !other.booleanValue()) {
        continue; // whatever it is, it is valid
      }
      ObjectNode way = of("object");
      way.putArray("required").add(entry.getKey());
      ObjectNode part = way;
      if (silent) {
        part = way.putArray(Keywords.PARTS).addObject().put(Keywords.SILENT, true);
      }
      part.putObject("properties").set(entry.getKey(), other);
      ways.add(way);
    }
  }

  /** What was made here before. */
  private void parts(JsonNode parts, Path path, List<JsonNode> ways) {
    for (JsonNode part : parts) {
      supported(part.has(Keywords.SILENT), "properties", path);
      properties(part.get("properties"), path, ways);
    }
  }

  private static void bounds(
      JsonNode schema, String keyword, JsonNode value, Path path, List<JsonNode> ways) {
    switch (keyword) {
      case "minLength", "minItems", "minProperties" -> {
        if (count(value, path) > 0) {
          ways.add(of(typeOf(keyword)).put("max" + keyword.substring(3), count(value, path) - 1));
        }
      }
      case "maxLength", "maxItems", "maxProperties" ->
          ways.add(of(typeOf(keyword)).put("min" + keyword.substring(3), count(value, path) + 1));
      case "minimum" -> {
        boolean exclusive = isTrue(schema.path("exclusiveMinimum"));
        ways.add(of("number").set(exclusive ? "maximum" : "exclusiveMaximum", value));
      }
      case "maximum" -> {
        boolean exclusive = isTrue(schema.path("exclusiveMaximum"));
        ways.add(of("number").set(exclusive ? "minimum" : "exclusiveMinimum", value));
      }
      case "exclusiveMinimum", "exclusiveMaximum" -> {
        if (!value.isBoolean()) {
          ways.add(
              of("number").set(keyword.equals("exclusiveMinimum") ? "maximum" : "minimum", value));
        }
      }
      case "multipleOf" -> {
        for (JsonNode divisor : value.isArray() ? value : List.of(value)) {
          ways.add(of("number").set(Keywords.NOT_MULTIPLE, JSON.arrayNode().add(divisor)));
        }
      }
      case Keywords.NOT_MULTIPLE ->
          value.forEach(divisor -> ways.add(of("number").set("multipleOf", divisor)));
      case "pattern" -> {
        for (JsonNode pattern : value.isArray() ? value : List.of(value)) {
          ways.add(of("string").set(Keywords.NOT_PATTERN, JSON.arrayNode().add(pattern)));
        }
      }
      case Keywords.NOT_PATTERN ->
          value.forEach(pattern -> ways.add(of("string").set("pattern", pattern)));
      default -> {
        boolean says =
            !(value.isBoolean() && value.booleanValue() != keyword.equals("uniqueItems"));
        supported(!says, keyword, path);
      }
    }
  }

  private static void supported(boolean supported, String keyword, Path path) {
    if (!supported) {
      throw path.fault(
          "'%s' is not supported in a schema that must not hold ('not', 'if', or one of several of 'oneOf')."
              .formatted(keyword));
    }
  }

  private static boolean isTrue(JsonNode value) {
    return value.isBoolean() && value.booleanValue();
  }

  private static String typeOf(String keyword) {
    return keyword.endsWith("Length") ? "string" : keyword.endsWith("Items") ? "array" : "object";
  }

  private static int count(JsonNode value, Path path) {
    if (!value.canConvertToInt() || value.asInt(-1) < 0 || value.asInt(-1) > 1_000_000) {
      throw path.fault("It must be a whole number from 0 to 1000000.");
    }
    return value.asInt();
  }

  private static ObjectNode of(String type) {
    return JSON.objectNode().put("type", type);
  }
}
