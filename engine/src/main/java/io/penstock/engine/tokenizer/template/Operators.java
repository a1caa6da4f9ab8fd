package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.List;

/** Python's binary operators. */
final class Operators {
  private Operators() {}

  static Object apply(String operator, Object left, Object right, Budget budget) {
    if (left instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return switch (operator) {
        case "+" -> Numbers.add(left, right);
        case "-" -> Numbers.subtract(left, right);
        case "*" -> Numbers.multiply(left, right);
        case "/" -> Numbers.divide(left, right);
        case "//" -> Numbers.floorDivide(left, right);
        case "%" -> Numbers.modulo(left, right);
        default -> Numbers.power(left, right);
      };
    }
    if (operator.equals("%") && left instanceof String format) {
      return PrintfFormat.apply(format, right, budget);
    }
    if (right instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (operator.equals("+")) {
      return add(left, right, budget);
    }
    if (operator.equals("*") && Types.isInt(left)) {
      return repeat(right, left, budget);
    }
    if (operator.equals("*") && Types.isInt(right)) {
      return repeat(left, right, budget);
    }
    throw Types.unsupported(operator.equals("**") ? "** or pow()" : operator, left, right);
  }

  private static Object add(Object left, Object right, Budget budget) {
    if (left instanceof String a) {
      if (right instanceof String b) {
        budget.chars((long) a.length() + b.length());
        return a.concat(b);
      }
      throw new TemplateException(
          "can only concatenate str (not \"%s\") to str".formatted(Types.name(right)));
    }
    if (left instanceof List<?> a
        && right instanceof List<?> b
        && !(a instanceof Range)
        && !(b instanceof Range)
        && a instanceof Tuple == b instanceof Tuple) {
      budget.charge((long) a.size() + b.size());
      List<Object> both = new ArrayList<>(a.size() + b.size());
      both.addAll(a);
      both.addAll(b);
      return a instanceof Tuple ? Tuple.of(both) : both;
    }
    throw Types.unsupported("+", left, right);
  }

  private static Object repeat(Object value, Object times, Budget budget) {
    long count = Math.max(0, Numbers.toLong(times, "count"));
    if (value instanceof String text) {
      budget.chars(
          Math.multiplyHigh(text.length(), count) != 0 ? Long.MAX_VALUE : text.length() * count);
      return text.repeat((int) (text.isEmpty() ? 0 : count));
    }
    if (value instanceof List<?> list && !(list instanceof Range)) {
      List<Object> repeated = new ArrayList<>();
      for (long i = 0; i < count && !list.isEmpty(); i++) {
        budget.charge(list.size());
        repeated.addAll(list);
      }
      return list instanceof Tuple ? Tuple.of(repeated) : repeated;
    }
    throw Types.unsupported("*", value, times);
  }

  static boolean compare(String operator, Object left, Object right, Budget budget) {
    return switch (operator) {
      case "==" -> Values.equal(left, right);
      case "!=" -> !Values.equal(left, right);
      case "in" -> Values.contains(right, left, budget);
      case "not in" -> !Values.contains(right, left, budget);
      case "<" -> ordered(left, right) && Values.order(left, right, operator) < 0;
      case "<=" -> ordered(left, right) && Values.order(left, right, operator) <= 0;
      case ">" -> ordered(left, right) && Values.order(left, right, operator) > 0;
      default -> ordered(left, right) && Values.order(left, right, operator) >= 0;
    };
  }

  /** Nothing is before or after NaN. */
  private static boolean ordered(Object left, Object right) {
    return !(left instanceof Double a && a.isNaN() || right instanceof Double b && b.isNaN());
  }
}
