package io.penstock.engine.grammar.schema;

import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The keywords of JSON Schema: what they are about, and which are not supported. */
final class Keywords {
  // What negations and merges are written as; no document has them.

  /** Values that it may not be: a list. */
  static final String NOT_VALUES = "\u0000not enum";

  /** Patterns that a string may not match: a list. */
  static final String NOT_PATTERN = "\u0000not pattern";

  /** What a number may not be a multiple of: a list. */
  static final String NOT_MULTIPLE = "\u0000not multipleOf";

  /** Objects that each speak of properties by {@link #PROPERTIES}, all of which hold: a list. */
  static final String PARTS = "\u0000parts";

  /** Objects of {@link #CONTAINING}, all of which hold: a list. */
  static final String CONTAINS_PARTS = "\u0000contains";

  /** Marks what says how values are and evaluates nothing: a part of the lists above. */
  static final String SILENT = "\u0000silent";

  /** These depend on one another, so they cannot be joined one by one. */
  static final Set<String> PROPERTIES =
      Set.of("properties", "patternProperties", "additionalProperties");

  static final Set<String> OBJECT =
      Set.of(
          "properties",
          "required",
          "additionalProperties",
          "minProperties",
          "maxProperties",
          "patternProperties",
          "propertyNames",
          PARTS);
  static final Set<String> CONTAINING = Set.of("contains", "minContains", "maxContains");

  static final Set<String> ARRAY =
      Set.of(
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "additionalItems",
          "uniqueItems",
          "contains",
          "minContains",
          "maxContains",
          CONTAINS_PARTS);
  static final Set<String> STRING =
      Set.of("pattern", "format", "minLength", "maxLength", NOT_PATTERN);
  static final Set<String> NUMBER =
      Set.of(
          "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", NOT_MULTIPLE);

  /** Said in other words before anything is made of them: {@link Rewrites}. */
  static final Set<String> REWRITTEN =
      Set.of("not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies");

  /** Said in other words once all that holds is known: {@link Unevaluated}. */
  static final Set<String> UNEVALUATED = Set.of("unevaluatedProperties", "unevaluatedItems");

  private static final Set<String> OTHER =
      Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", NOT_VALUES);

  private static final Set<String> UNSUPPORTED =
      Set.of("divisibleBy", "$dynamicRef", "$recursiveRef");

  private Keywords() {}

  /** Whether a keyword says something about which values are valid. */
  static boolean constrains(String keyword) {
    return OBJECT.contains(keyword)
        || ARRAY.contains(keyword)
        || STRING.contains(keyword)
        || NUMBER.contains(keyword)
        || REWRITTEN.contains(keyword)
        || UNEVALUATED.contains(keyword)
        || OTHER.contains(keyword);
  }

  static boolean hasAny(JsonNode schema, Set<String> keywords) {
    return keywords.stream().anyMatch(schema::has);
  }

  /** A schema's keywords that constrain, but for some. */
  static ObjectNode constraining(JsonNode schema, Set<String> without) {
    ObjectNode kept = ((ObjectNode) schema).objectNode();
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      boolean asksNothing = UNEVALUATED.contains(entry.getKey()) && isTrue(entry.getValue());
      if (constrains(entry.getKey()) && !without.contains(entry.getKey()) && !asksNothing) {
        kept.set(entry.getKey(), entry.getValue());
      }
    }
    return kept;
  }

  /** Some of a schema's keywords. */
  static ObjectNode only(JsonNode schema, Set<String> keywords) {
    ObjectNode kept = ((ObjectNode) schema).objectNode();
    for (String keyword : keywords) {
      if (schema.has(keyword)) {
        kept.set(keyword, schema.get(keyword));
      }
    }
    return kept;
  }

  /** The schemas of {@code anyOf} or {@code oneOf}. */
  static JsonNode options(JsonNode schema, String keyword, Path path) {
    JsonNode options = schema.get(keyword);
    if (!options.isArray() || options.isEmpty()) {
      throw path.to(keyword).fault("'%s' must be a list of schemas.".formatted(keyword));
    }
    return options;
  }

  private static boolean isTrue(JsonNode value) {
    return value.isBoolean() && value.booleanValue();
  }

  /** Refuses what is not supported. */
  static void check(JsonNode schema, Path path) {
    for (String keyword : UNSUPPORTED) {
      if (schema.has(keyword)) {
        throw path.to(keyword).fault("'%s' is not supported.".formatted(keyword));
      }
    }
  }
}
