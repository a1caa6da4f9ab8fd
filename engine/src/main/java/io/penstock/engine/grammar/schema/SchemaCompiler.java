package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.Rule;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON Schema (draft 2020-12, and of older drafts what is spelt alike) as an expression of texts
 * that are valid by it. All of them are valid; of the valid ones it writes those in the usual form:
 *
 * <ul>
 *   <li>properties in the order of the schema; such as it does not name only where {@code
 *       additionalProperties} asks for them, behind the others, with names that need no escape;
 *   <li>constants, and characters that a {@code pattern} reads, as JSON is usually written, without
 *       needless escapes;
 *   <li>numbers of at most 16 digits before and behind the point, and without exponent where they
 *       are bounded; white space as in {@link JsonExprs#SPACE};
 *   <li>a schema without {@code type} whose keywords speak of one type only means that type.
 * </ul>
 *
 * What it cannot express is refused, with its path.
 */
public final class SchemaCompiler {
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(200).build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** Enough for any bound that makes sense; more would take forever to write out. */
  private static final int MOST_DIGITS = 64;

  /** A larger bound of a length does not bound what fits into any context. */
  private static final int MOST_COUNTED = 1_000_000;

  private final References references;
  private final SchemaMerge merge;
  private final Effort effort;
  private final Map<String, Rule> rules = new HashMap<>();
  private final Objects objects = new Objects(this);
  private final Arrays arrays = new Arrays(this);

  private SchemaCompiler(JsonNode root, Duration limit) {
    this.references = new References(root);
    this.merge = new SchemaMerge(references);
    this.effort = new Effort(limit);
  }

  /**
   * @param schema JSON text
   * @param limit how long it may take
   * @throws ConstraintException when it is malformed, not supported or takes too long
   */
  public static Expr compile(String schema, Duration limit) {
    JsonNode root;
    try {
      root = JSON.readTree(schema);
    } catch (JacksonException e) {
      throw new ConstraintException("The schema is not JSON: " + e.getOriginalMessage());
    }
    return new SchemaCompiler(root, limit).compile(root, Path.ROOT);
  }

  /** Any JSON object. */
  public static Expr anyObject() {
    return JsonExprs.OBJECT;
  }

  Expr compile(JsonNode schema, Path path) {
    effort.enter(path);
    try {
      Expr expr = dispatch(schema, path);
      if (expr == Expr.NOTHING && !schema.isBoolean()) {
        throw path.fault("No value can be valid: its keywords contradict each other.");
      }
      return expr;
    } finally {
      effort.leave();
    }
  }

  private Expr dispatch(JsonNode schema, Path path) {
    if (schema.isBoolean()) {
      return schema.booleanValue() ? JsonExprs.VALUE : Expr.NOTHING;
    }
    if (!schema.isObject()) {
      throw path.fault("A schema must be an object or a boolean.");
    }
    Keywords.check(schema, path);
    if (schema.has("$ref")) {
      return Keywords.constraining(schema, Set.of("$ref")).isEmpty()
          ? reference(schema.get("$ref"), path.to("$ref"))
          : compile(merge.resolved(schema, path), path);
    }
    if (schema.has("allOf")) {
      return compile(merge.allOf(schema, path), path);
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (schema.has(keyword)) {
        return options(schema, keyword, path);
      }
    }
    if (schema.has("enum") || schema.has("const")) {
      return values(schema, path);
    }
    List<Expr> types = new ArrayList<>();
    for (String type : types(schema, path)) {
      types.add(ofType(type, schema, path));
    }
    return Expr.alt(types);
  }

  private Expr reference(JsonNode ref, Path path) {
    JsonNode target = references.target(ref, path);
    String pointer = ref.stringValue();
    Rule rule = rules.get(pointer);
    if (rule == null) {
      rule = new Rule(pointer);
      rules.put(pointer, rule);
      rule.define(compile(target, references.path(pointer)));
    }
    return Expr.call(rule);
  }

  private Expr options(JsonNode schema, String keyword, Path path) {
    JsonNode options = schema.get(keyword);
    Path at = path.to(keyword);
    if (!options.isArray() || options.isEmpty()) {
      throw at.fault("'%s' must be a list of schemas.".formatted(keyword));
    }
    JsonNode base = Keywords.constraining(schema, Set.of(keyword));
    List<JsonNode> merged = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      merged.add(base.isEmpty() ? options.get(i) : merge.both(base, options.get(i), at.to(i)));
    }
    if (keyword.equals("oneOf")) {
      new Disjointness(references).require(merged, at);
    }
    List<Expr> compiled = new ArrayList<>();
    for (int i = 0; i < merged.size(); i++) {
      if (!merge.isImpossible(merged.get(i))) {
        compiled.add(compile(merged.get(i), at.to(i)));
      }
    }
    return Expr.alt(compiled);
  }

  // ---- constants

  private Expr values(JsonNode schema, Path path) {
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      String keyword = entry.getKey();
      if (Keywords.constrains(keyword) && !Set.of("enum", "const", "type").contains(keyword)) {
        throw path.to(keyword)
            .fault("'%s' beside 'enum' or 'const' is not supported.".formatted(keyword));
      }
    }
    if (schema.has("enum") && (!schema.get("enum").isArray() || schema.get("enum").isEmpty())) {
      throw path.to("enum").fault("'enum' must be a list of values, at least one.");
    }
    List<String> types = schema.has("type") ? types(schema, path) : List.of();
    Set<JsonNode> values = new LinkedHashSet<>();
    for (JsonNode value : schema.has("enum") ? schema.get("enum") : List.of(schema.get("const"))) {
      boolean fits = types.isEmpty() || types.stream().anyMatch(type -> isOfType(value, type));
      if (fits && (!schema.has("const") || schema.get("const").equals(value))) {
        values.add(value);
      }
    }
    return JsonExprs.anyOf(values);
  }

  static boolean isOfType(JsonNode value, String type) {
    return switch (type) {
      case "string" -> value.isString();
      case "integer" -> value.isNumber() && isWhole(value.decimalValue());
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      case "object" -> value.isObject();
      default -> value.isArray();
    };
  }

  private static boolean isWhole(BigDecimal value) {
    return value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
  }

  // ---- types

  private static final List<String> TYPES =
      List.of("object", "array", "string", "integer", "number", "boolean", "null");

  private static List<String> types(JsonNode schema, Path path) {
    JsonNode type = schema.get("type");
    if (type == null) {
      return List.of(impliedType(schema));
    }
    List<String> types = new ArrayList<>();
    for (JsonNode one : type.isArray() ? type : List.of(type)) {
      if (!one.isString() || !TYPES.contains(one.stringValue())) {
        throw path.to("type")
            .fault("'type' must be one of %s, or a list of them.".formatted(TYPES));
      }
      types.add(one.stringValue());
    }
    if (types.contains("number")) {
      types.remove("integer");
    }
    return types;
  }

  private static String impliedType(JsonNode schema) {
    if (Keywords.hasAny(schema, Keywords.OBJECT)) {
      return "object";
    }
    if (Keywords.hasAny(schema, Keywords.ARRAY)) {
      return "array";
    }
    if (Keywords.hasAny(schema, Keywords.STRING)) {
      return "string";
    }
    return Keywords.hasAny(schema, Keywords.NUMBER) ? "number" : "any";
  }

  private Expr ofType(String type, JsonNode schema, Path path) {
    return switch (type) {
      case "object" -> objects.compile(schema, path);
      case "array" -> arrays.compile(schema, path);
      case "string" -> Strings.compile(schema, path);
      case "integer" -> integer(schema, path);
      case "number" -> number(schema, path);
      case "boolean" -> JsonExprs.BOOLEAN;
      case "null" -> JsonExprs.NULL;
      default -> JsonExprs.VALUE;
    };
  }

  private static Expr integer(JsonNode schema, Path path) {
    Numbers.Bound least = bound(schema, "minimum", "exclusiveMinimum", true, path);
    Numbers.Bound most = bound(schema, "maximum", "exclusiveMaximum", false, path);
    if (least.value() == null && most.value() == null) {
      return JsonExprs.INTEGER;
    }
    BigInteger low = null;
    if (least.value() != null) {
      low = least.value().setScale(0, RoundingMode.CEILING).toBigInteger();
      boolean excluded = least.exclusive() && new BigDecimal(low).compareTo(least.value()) == 0;
      low = excluded ? low.add(BigInteger.ONE) : low;
    }
    BigInteger high = null;
    if (most.value() != null) {
      high = most.value().setScale(0, RoundingMode.FLOOR).toBigInteger();
      boolean excluded = most.exclusive() && new BigDecimal(high).compareTo(most.value()) == 0;
      high = excluded ? high.subtract(BigInteger.ONE) : high;
    }
    return Numbers.integers(low, high);
  }

  private static Expr number(JsonNode schema, Path path) {
    Numbers.Bound least = bound(schema, "minimum", "exclusiveMinimum", true, path);
    Numbers.Bound most = bound(schema, "maximum", "exclusiveMaximum", false, path);
    return least.value() == null && most.value() == null
        ? JsonExprs.NUMBER
        : Numbers.decimals(least, most);
  }

  /** The tighter of an including and an excluding bound; draft 4 spells the latter as a boolean. */
  private static Numbers.Bound bound(
      JsonNode schema, String including, String excluding, boolean lower, Path path) {
    BigDecimal included = decimal(schema, including, path);
    JsonNode exclusive = schema.path(excluding);
    if (exclusive.isBoolean()) {
      return new Numbers.Bound(included, exclusive.booleanValue());
    }
    BigDecimal excluded = decimal(schema, excluding, path);
    if (excluded == null || included == null) {
      return new Numbers.Bound(excluded == null ? included : excluded, excluded != null);
    }
    int order = excluded.compareTo(included);
    return (lower ? order >= 0 : order <= 0)
        ? new Numbers.Bound(excluded, true)
        : new Numbers.Bound(included, false);
  }

  private static BigDecimal decimal(JsonNode schema, String keyword, Path path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw path.to(keyword).fault("'%s' must be a number.".formatted(keyword));
    }
    BigDecimal decimal = value.decimalValue();
    if (decimal.signum() != 0
        && Math.max(Math.abs((long) decimal.scale()), decimal.precision() - (long) decimal.scale())
            > MOST_DIGITS) {
      throw path.to(keyword)
          .fault("'%s' must have at most %d digits.".formatted(keyword, MOST_DIGITS));
    }
    return decimal;
  }

  /**
   * A bound of a length.
   *
   * @param otherwise where there is none
   */
  static int count(JsonNode schema, String keyword, int otherwise, Path path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return otherwise;
    }
    if (!value.isNumber()
        || !isWhole(value.decimalValue())
        || value.decimalValue().signum() < 0
        || value.decimalValue().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0) {
      throw path.to(keyword).fault("'%s' must be a whole number, at least 0.".formatted(keyword));
    }
    int count = value.decimalValue().intValue();
    return otherwise == Expr.UNLIMITED && count > MOST_COUNTED ? Expr.UNLIMITED : count;
  }
}
