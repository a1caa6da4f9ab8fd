package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.Rule;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

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
  private static final int DEEPEST_JSON = 200;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST_JSON).build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** A larger bound of a length does not bound what fits into any context. */
  private static final int MOST_COUNTED = 1_000_000;

  private final References references;
  private final SchemaMerge merge;
  private final Rewrites rewrites;
  private final Exclusive exclusive;
  private final Unevaluated unevaluated;
  private final Effort effort;
  private final Map<JsonNode, Path> places = new IdentityHashMap<>();
  private final Map<String, Rule> rules = new HashMap<>();
  private final Objects objects = new Objects(this);
  private final Arrays arrays;
  private final Values values = new Values(this);

  private SchemaCompiler(JsonNode root, Duration limit) {
    this.references = new References(root);
    this.effort = new Effort(limit);
    Negation negation = new Negation(references, effort, Unevaluated.isIn(root));
    this.rewrites = new Rewrites(negation);
    this.merge = new SchemaMerge(references, rewrites, effort);
    this.exclusive = new Exclusive(references, negation, merge);
    this.unevaluated = new Unevaluated(merge, exclusive);
    merge.use(unevaluated);
    this.arrays = new Arrays(this, new Contains(this, negation));
    place(root, Path.ROOT);
  }

  /** What is joined and rewritten keeps its parts, and so their places. */
  private void place(JsonNode node, Path path) {
    if (node.isObject()) {
      places.put(node, path);
      node.properties().forEach(entry -> place(entry.getValue(), path.to(entry.getKey())));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        place(node.get(i), path.to(i));
      }
    }
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
    } catch (StreamConstraintsException e) {
      throw new ConstraintException(
          "The schema is too complex: it is nested more than %d deep, or a name or number in it is too long."
              .formatted(DEEPEST_JSON));
    } catch (JacksonException e) {
      throw new ConstraintException(
          "The schema is not JSON: %s.".formatted(e.getOriginalMessage()));
    }
    try {
      return new SchemaCompiler(root, limit).compile(root, Path.ROOT);
    } catch (Contradiction e) {
      throw e.fault();
    }
  }

  /** Any JSON object. */
  public static Expr anyObject() {
    return JsonExprs.OBJECT;
  }

  /**
   * @param given where it stands; what is made of several schemas stands where they were joined
   * @throws Contradiction when no value is valid, unless it says so by {@code false}
   */
  Expr compile(JsonNode schema, Path given) {
    Path path = places.getOrDefault(schema, given);
    effort.enter(path);
    try {
      Expr expr = dispatch(schema, path);
      if (expr == Expr.NOTHING && !schema.isBoolean()) {
        throw path.contradiction("No value can be valid: its keywords contradict each other.");
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
    if (Unevaluated.applyTo(schema)) {
      return compile(unevaluated.of(schema, path), path.derived());
    }
    if (schema.has("$ref")) {
      return Keywords.constraining(schema, Set.of("$ref")).isEmpty()
          ? reference(schema.get("$ref"), path.to("$ref"))
          : compile(merge.resolved(schema, path), path.derived());
    }
    if (Rewrites.applyTo(schema)) {
      return compile(rewrites.of(schema, path), path.derived());
    }
    if (schema.has("allOf")) {
      return compile(merge.allOf(schema, path), path.derived());
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (schema.has(keyword)) {
        return options(schema, keyword, path);
      }
    }
    if (schema.has("enum") || schema.has("const")) {
      return JsonExprs.anyOf(values.of(schema, path));
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
      try {
        rule.define(compile(target, references.path(pointer)));
      } catch (Contradiction e) {
        rules.remove(pointer); // where it is an option, others may go on
        throw e;
      }
    }
    return Expr.call(rule);
  }

  private Expr options(JsonNode schema, String keyword, Path path) {
    JsonNode options = Keywords.options(schema, keyword, path);
    Path at = path.to(keyword);
    JsonNode base = Keywords.constraining(schema, Set.of(keyword));
    List<JsonNode> merged = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      merged.add(base.isEmpty() ? options.get(i) : merge.both(base, options.get(i), at.to(i)));
    }
    List<JsonNode> exclusive =
        keyword.equals("oneOf") ? this.exclusive.of(merged, options, at) : merged;
    List<Expr> compiled = new ArrayList<>();
    for (int i = 0; i < exclusive.size(); i++) {
      if (!merge.isImpossible(exclusive.get(i))) {
        Path where = exclusive.get(i) == options.get(i) ? at.to(i) : at.to(i).derived();
        try {
          compiled.add(compile(exclusive.get(i), where));
        } catch (Contradiction e) {
          if (options.size() == 1) {
            throw e;
          }
        }
      }
    }
    return Expr.alt(compiled);
  }

  // ---- types

  private static final List<String> TYPES =
      List.of("object", "array", "string", "integer", "number", "boolean", "null");

  static List<String> types(JsonNode schema, Path path) {
    JsonNode type = schema.get("type");
    if (type == null) {
      String implied = impliedType(schema);
      return implied.equals("any") && schema.has(Keywords.NOT_VALUES)
          ? TYPES.stream().filter(one -> !one.equals("integer")).toList()
          : List.of(implied);
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
    JsonNode excluded = schema.path(Keywords.NOT_VALUES);
    return switch (type) {
      case "object", "array" -> {
        List<JsonNode> unlike = new ArrayList<>();
        for (JsonNode value : excluded) {
          if (Values.isOfType(value, type)) {
            unlike.add(Unlike.of(value));
          }
        }
        if (!unlike.isEmpty()) {
          unlike.add(Keywords.constraining(schema, Set.of(Keywords.NOT_VALUES)).put("type", type));
          JsonNode all = Rewrites.allOf(unlike.toArray(JsonNode[]::new));
          yield compile(all, path.derived());
        }
        yield type.equals("object") ? objects.compile(schema, path) : arrays.compile(schema, path);
      }
      case "string" -> Strings.compile(schema, path);
      case "integer" -> NumberTypes.integer(schema, path);
      case "number" -> NumberTypes.number(schema, path);
      case "boolean" ->
          JsonExprs.anyOf(
              Stream.of(true, false)
                  .<JsonNode>map(JsonNodeFactory.instance::booleanNode)
                  .filter(value -> !contains(excluded, value))
                  .toList());
      case "null" ->
          contains(excluded, JsonNodeFactory.instance.nullNode()) ? Expr.NOTHING : JsonExprs.NULL;
      default -> JsonExprs.VALUE;
    };
  }

  private static boolean contains(JsonNode list, JsonNode value) {
    for (JsonNode one : list) {
      if (one.equals(value)) {
        return true;
      }
    }
    return false;
  }

  // ---- for those who compile its parts

  /** A schema without references, {@code allOf} and what is rewritten. */
  JsonNode flat(JsonNode schema, Path path) {
    return merge.flat(schema, places.getOrDefault(schema, path));
  }

  /** All values of a schema; null when they cannot be listed. */
  List<JsonNode> finite(JsonNode schema, Path path) {
    return schema.isMissingNode() ? null : values.all(schema, path);
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
        || !Values.isWhole(value.decimalValue())
        || value.decimalValue().signum() < 0
        || value.decimalValue().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0) {
      throw path.to(keyword).fault("'%s' must be a whole number, at least 0.".formatted(keyword));
    }
    int count = value.decimalValue().intValue();
    return otherwise == Expr.UNLIMITED && count > MOST_COUNTED ? Expr.UNLIMITED : count;
  }
}
