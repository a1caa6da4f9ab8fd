package io.penstock.engine.grammar.schema;

import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.automaton.State;
import io.penstock.engine.grammar.expr.Expr;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Schemas whose values can be listed: constants, and types of few values. */
final class Values {
  private static final List<String> TYPES =
      List.of("string", "number", "boolean", "null", "object", "array");
  private static final int MOST_NODES = 100_000;
  private static final int MOST_LISTED = 1_000;

  private final SchemaCompiler schemas;

  Values(SchemaCompiler schemas) {
    this.schemas = schemas;
  }

  /**
   * The values of {@code enum} and {@code const} that whatever stands beside them allows.
   *
   * @throws Contradiction when there are none
   */
  List<JsonNode> of(JsonNode schema, Path path) {
    if (schema.has("enum") && (!schema.get("enum").isArray() || schema.get("enum").isEmpty())) {
      throw path.to("enum").fault("'enum' must be a list of values, at least one.");
    }
    ObjectNode beside =
        Keywords.constraining(schema, Set.of("enum", "const", "type", Keywords.NOT_VALUES));
    Map<String, Optional<Automaton>> rules = new HashMap<>();
    List<String> types = schema.has("type") ? SchemaCompiler.types(schema, path) : List.of();
    Set<JsonNode> excluded = new LinkedHashSet<>();
    schema.path(Keywords.NOT_VALUES).forEach(value -> excluded.add(comparable(value)));
    Set<JsonNode> values = new LinkedHashSet<>();
    for (JsonNode value : schema.has("enum") ? schema.get("enum") : List.of(schema.get("const"))) {
      boolean fits = types.isEmpty() || types.stream().anyMatch(type -> isOfType(value, type));
      if (fits
          && (!schema.has("const") || schema.get("const").equals(value))
          && !excluded.contains(comparable(value))
          && (beside.isEmpty() || isValid(value, beside, rules, path))) {
        values.add(value);
      }
    }
    if (values.isEmpty()) {
      throw path.to(schema.has("enum") ? "enum" : "const")
          .contradiction("No value can be valid: the other keywords exclude all of them.");
    }
    return List.copyOf(values);
  }

  /** Numbers are the same by their values. */
  static JsonNode comparable(JsonNode value) {
    if (!value.isNumber()) {
      return value;
    }
    BigDecimal number = value.decimalValue();
    return JsonNodeFactory.instance.numberNode(
        number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros());
  }

  /** Whether the keywords allow it in the form in which they would write it. */
  private boolean isValid(
      JsonNode value, ObjectNode beside, Map<String, Optional<Automaton>> rules, Path path) {
    String type = TYPES.stream().filter(one -> isOfType(value, one)).findFirst().orElseThrow();
    Optional<Automaton> rule = rules.get(type);
    if (rule == null) {
      rule = rule(beside.deepCopy().put("type", type), path);
      rules.put(type, rule);
    }
    return rule.isPresent() && accepts(rule.get(), text(value));
  }

  private Optional<Automaton> rule(ObjectNode schema, Path path) {
    try {
      Expr expr = schemas.compile(schema, path.derived());
      return Optional.of(Automaton.of(expr, MOST_NODES));
    } catch (Contradiction e) {
      return Optional.empty();
    }
  }

  private static String text(JsonNode value) {
    if (!value.isNumber()) {
      return value.toString();
    }
    BigDecimal number = value.decimalValue();
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  private static boolean accepts(Automaton automaton, String text) {
    State state = automaton.start();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      state = state == null ? null : state.next(value);
    }
    return state != null && state.isAccepting();
  }

  /** All values of a schema; null when they cannot be listed, or are many. */
  List<JsonNode> all(JsonNode given, Path path) {
    JsonNode schema = schemas.flat(given, path);
    if (!schema.isObject()) {
      return schema.isBoolean() && !schema.booleanValue() ? List.of() : null;
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (schema.has(keyword)) {
        boolean alone = Keywords.constraining(schema, Set.of(keyword)).isEmpty();
        return alone && keyword.equals("anyOf")
            ? allOf(schema.get(keyword), path.to(keyword))
            : null;
      }
    }
    if (schema.has("enum") || schema.has("const")) {
      return of(schema, path);
    }
    if (!schema.has("type") || schema.has(Keywords.NOT_VALUES)) {
      return null;
    }
    List<JsonNode> values = new ArrayList<>();
    for (String type : SchemaCompiler.types(schema, path)) {
      switch (type) {
        case "boolean" -> {
          values.add(JsonNodeFactory.instance.booleanNode(true));
          values.add(JsonNodeFactory.instance.booleanNode(false));
        }
        case "null" -> values.add(JsonNodeFactory.instance.nullNode());
        case "integer" -> {
          BigInteger low = NumberTypes.lowest(schema, path);
          BigInteger high = NumberTypes.highest(schema, path);
          if (!NumberTypes.isPlain(schema)
              || low == null
              || high == null
              || high.subtract(low).compareTo(BigInteger.valueOf(MOST_LISTED)) > 0) {
            return null;
          }
          for (BigInteger i = low; i.compareTo(high) <= 0; i = i.add(BigInteger.ONE)) {
            values.add(JsonNodeFactory.instance.numberNode(i));
          }
        }
        default -> {
          return null;
        }
      }
    }
    return values;
  }

  private List<JsonNode> allOf(JsonNode options, Path path) {
    List<JsonNode> values = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      List<JsonNode> some = all(options.get(i), path.to(i));
      if (some == null) {
        return null;
      }
      values.addAll(some);
    }
    return values;
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

  static boolean isWhole(BigDecimal value) {
    return value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
  }
}
