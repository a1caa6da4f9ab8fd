package io.penstock.engine.grammar.schema;

import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The keywords of JSON Schema: what they are about, and which are not supported. */
final class Keywords {
  static final Set<String> OBJECT =
      Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties");
  static final Set<String> ARRAY =
      Set.of("items", "prefixItems", "minItems", "maxItems", "additionalItems");
  static final Set<String> STRING = Set.of("pattern", "format", "minLength", "maxLength");
  static final Set<String> NUMBER =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

  private static final Set<String> OTHER =
      Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref");

  private static final Set<String> UNSUPPORTED =
      Set.of(
          "not",
          "if",
          "then",
          "else",
          "dependentRequired",
          "dependentSchemas",
          "dependencies",
          "patternProperties",
          "propertyNames",
          "contains",
          "minContains",
          "maxContains",
          "uniqueItems",
          "unevaluatedItems",
          "unevaluatedProperties",
          "multipleOf",
          "divisibleBy",
          "$dynamicRef",
          "$recursiveRef");

  private Keywords() {}

  /** Whether a keyword says something about which values are valid. */
  static boolean constrains(String keyword) {
    return OBJECT.contains(keyword)
        || ARRAY.contains(keyword)
        || STRING.contains(keyword)
        || NUMBER.contains(keyword)
        || OTHER.contains(keyword);
  }

  static boolean hasAny(JsonNode schema, Set<String> keywords) {
    return keywords.stream().anyMatch(schema::has);
  }

  /** A schema's keywords that constrain, but for some. */
  static ObjectNode constraining(JsonNode schema, Set<String> without) {
    ObjectNode kept = ((ObjectNode) schema).objectNode();
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      if (constrains(entry.getKey()) && !without.contains(entry.getKey())) {
        kept.set(entry.getKey(), entry.getValue());
      }
    }
    return kept;
  }

  /** Refuses what is not supported, unless it asks for nothing. */
  static void check(JsonNode schema, Path path) {
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      String keyword = entry.getKey();
      JsonNode value = entry.getValue();
      boolean harmless =
          switch (keyword) {
            case "uniqueItems", "unevaluatedProperties", "unevaluatedItems" ->
                value.isBoolean() && value.booleanValue() != keyword.equals("uniqueItems");
            case "multipleOf" ->
                value.isNumber()
                    && value.doubleValue() == 1
                    && schema.path("type").asString("").equals("integer");
            case "patternProperties", "dependentRequired", "dependentSchemas", "dependencies" ->
                value.isObject() && value.isEmpty();
            default -> false;
          };
      if (UNSUPPORTED.contains(keyword) && !harmless) {
        throw path.to(keyword).fault("'%s' is not supported.".formatted(keyword));
      }
    }
  }
}
