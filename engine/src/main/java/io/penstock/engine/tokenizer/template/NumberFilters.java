package io.penstock.engine.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

/** Filters on numbers. */
final class NumberFilters {
  private NumberFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put("int", (in, a, b) -> toInt(in, a));
    filters.put("float", (in, a, b) -> toFloat(in, a.get(0, "default", 0.0)));
    filters.put("abs", (in, a, b) -> abs(in));
    filters.put("round", (in, a, b) -> round(in, a));
  }

  private static Object toInt(Object input, Arguments arguments) {
    Object otherwise = arguments.get(0, "default", 0L);
    return switch (input) {
      case Undefined undefined -> throw undefined.error();
      case Boolean b -> b ? 1L : 0L;
      case Double d -> truncated(d, otherwise);
      case String text -> parsed(text, arguments.integer(1, "base", 10), otherwise);
      case null -> otherwise;
      default -> Types.isInt(input) ? input : otherwise;
    };
  }

  private static Object parsed(String text, long base, Object otherwise) {
    String digits = CodePoints.strip(text, null, true, true).replace("_", "");
    try {
      String bare =
          base == 16 && digits.matches("[-+]?0[xX].*") ? digits.replaceFirst("0[xX]", "") : digits;
      return bare.length() > 1000
          ? otherwise
          : Numbers.narrow(new BigInteger(bare, Math.clamp(base, 2, 36)));
    } catch (NumberFormatException e) {
      return toFloat(text, null) instanceof Double d ? truncated(d, otherwise) : otherwise;
    }
  }

  private static Object truncated(double value, Object otherwise) {
    return Double.isFinite(value)
        ? Numbers.narrow(new BigDecimal(value).toBigInteger())
        : otherwise;
  }

  private static Object toFloat(Object input, Object otherwise) {
    if (input instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (Types.isNumber(input)) {
      return Numbers.toDouble(input);
    }
    if (!(input instanceof String text)) {
      return otherwise;
    }
    String digits = CodePoints.strip(text, null, true, true);
    if (digits.matches("[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?")) {
      return Double.valueOf(digits);
    }
    return switch (digits.toLowerCase(Locale.ROOT)) {
      case "inf", "+inf", "infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> otherwise;
    };
  }

  private static Object abs(Object input) {
    Object number = number(input);
    return Numbers.compare(number, 0L) < 0 ? Numbers.negate(number) : number;
  }

  /** Half to even, as Python's round(), which keeps ints. */
  private static Object round(Object input, Arguments arguments) {
    Object number = number(input);
    int precision = Math.clamp(arguments.integer(0, "precision", 0), -400, 400);
    String method = arguments.text(1, "method", "common");
    boolean whole = Types.isInt(number);
    double value = Numbers.toDouble(number);
    if (!Double.isFinite(value)) {
      return number;
    }
    return switch (method) {
      case "common" -> {
        if (whole && precision >= 0) {
          yield number;
        }
        BigDecimal rounded = new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN);
        yield whole ? Numbers.narrow(rounded.toBigInteger()) : (Object) rounded.doubleValue();
      }
      case "ceil" -> Math.ceil(value * Math.pow(10, precision)) / Math.pow(10, precision);
      case "floor" -> Math.floor(value * Math.pow(10, precision)) / Math.pow(10, precision);
      default -> throw new TemplateException("method must be common, ceil or floor");
    };
  }

  private static Object number(Object input) {
    if (input instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!Types.isNumber(input)) {
      throw new TemplateException("must be real number, not " + Types.name(input));
    }
    return input;
  }
}
