package io.penstock.engine.tokenizer.template;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** What {@code is} tests. */
final class Tests {
  private Tests() {}

  static boolean apply(String name, Object value, Arguments arguments, Budget budget) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == null;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "boolean" -> value instanceof Boolean;
      case "integer" -> value instanceof Long || value instanceof BigInteger;
      case "float" -> value instanceof Double;
      case "number" -> Types.isNumber(value);
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map<?, ?>;
      case "sequence" ->
          value instanceof String
              || value instanceof List<?>
              || value instanceof Map<?, ?>
              || value instanceof Undefined;
      case "iterable" -> isIterable(value);
      case "callable" -> value instanceof Callable;
      case "odd" -> Values.equal(Numbers.modulo(number(value), 2L), 1L);
      case "even" -> Values.equal(Numbers.modulo(number(value), 2L), 0L);
      case "divisibleby" ->
          Values.equal(Numbers.modulo(number(value), number(arguments.require(0, "num"))), 0L);
      case "lower" ->
          ((Boolean) StringMethods.bind(Repr.text(value), "islower").call(arguments, budget));
      case "upper" ->
          ((Boolean) StringMethods.bind(Repr.text(value), "isupper").call(arguments, budget));
      case "escaped" -> false;
      case "filter" -> value instanceof String filter && Filters.exists(filter);
      case "test" -> value instanceof String test && exists(test);
      case "sameas" -> same(value, arguments.require(0, "other"));
      case "in" -> Values.contains(arguments.require(0, "seq"), value, budget);
      default -> {
        String operator = operator(name);
        if (operator == null) {
          throw new TemplateException("No test named '%s'".formatted(name));
        }
        yield Operators.compare(operator, value, arguments.require(0, "other"), budget);
      }
    };
  }

  private static String operator(String name) {
    return switch (name) {
      case "eq", "equalto", "==" -> "==";
      case "ne", "!=" -> "!=";
      case "lt", "lessthan", "<" -> "<";
      case "le", "<=" -> "<=";
      case "gt", "greaterthan", ">" -> ">";
      case "ge", ">=" -> ">=";
      default -> null;
    };
  }

  private static boolean exists(String name) {
    return operator(name) != null || NAMES.contains(name);
  }

  private static final List<String> NAMES =
      List.of(
          "defined",
          "undefined",
          "none",
          "true",
          "false",
          "boolean",
          "integer",
          "float",
          "number",
          "string",
          "mapping",
          "sequence",
          "iterable",
          "callable",
          "odd",
          "even",
          "divisibleby",
          "lower",
          "upper",
          "escaped",
          "filter",
          "test",
          "sameas",
          "in");

  private static boolean isIterable(Object value) {
    return value instanceof String
        || value instanceof List<?>
        || value instanceof Map<?, ?>
        || value instanceof DictView
        || value instanceof Generator
        || value instanceof Loop
        || value instanceof Undefined;
  }

  private static Object number(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!Types.isNumber(value)) {
      throw Types.unsupported("%", value, 2L);
    }
    return value;
  }

  /** Identity; equal immutable values count as the same object. */
  private static boolean same(Object a, Object b) {
    return a == b
        || a != null
            && b != null
            && (a instanceof String || a instanceof Boolean || a instanceof Long)
            && a.equals(b);
  }
}
