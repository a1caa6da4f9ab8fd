package io.penstock.engine.tokenizer.template;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/**
 * Python's names of the types that values have here: {@code null} is None, {@link Boolean}, {@link
 * Long} and {@link BigInteger} (int), {@link Double} (float), {@link String}, {@link List} (list),
 * {@link Tuple}, {@link Range}, {@link Map} (dict), {@link DictView}, {@link Generator} and the
 * callables.
 */
final class Types {
  private Types() {}

  static String name(Object value) {
    return switch (value) {
      case null -> "NoneType";
      case Undefined u -> "Undefined";
      case Boolean b -> "bool";
      case Long l -> "int";
      case BigInteger i -> "int";
      case Double d -> "float";
      case String s -> "str";
      case Tuple t -> "tuple";
      case Range r -> "range";
      case List<?> l -> "list";
      case Map<?, ?> m -> "dict";
      case DictView v -> "dict_" + v.kind();
      case Generator g -> "generator";
      case Macro m -> "Macro";
      case Namespace n -> "Namespace";
      case Loop l -> "LoopContext";
      default -> "function";
    };
  }

  /** An int, where bool counts as one, as in Python. */
  static boolean isInt(Object value) {
    return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
  }

  static boolean isNumber(Object value) {
    return isInt(value) || value instanceof Double;
  }

  static TemplateException unsupported(String operator, Object left, Object right) {
    return new TemplateException(
        "unsupported operand type(s) for %s: '%s' and '%s'"
            .formatted(operator, name(left), name(right)));
  }
}
