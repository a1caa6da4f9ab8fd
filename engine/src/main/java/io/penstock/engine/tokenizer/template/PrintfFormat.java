package io.penstock.engine.tokenizer.template;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code "format" % values}. */
final class PrintfFormat {
  private static final Pattern FIELD =
      Pattern.compile("%(?:\\(([^)]*)\\))?([-+ #0]*)(\\d+)?(?:\\.(\\d*))?([a-zA-Z%])");

  private PrintfFormat() {}

  static String apply(String format, Object values, Budget budget) {
    Matcher field = FIELD.matcher(format);
    StringBuilder out = new StringBuilder();
    int from = 0;
    int next = 0;
    for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', from)) {
      if (!field.find(at) || field.start() != at) {
        throw new TemplateException("incomplete or unsupported format at position " + at);
      }
      out.append(format, from, at);
      from = field.end();
      char type = field.group(5).charAt(0);
      if (type == '%') {
        out.append('%');
        continue;
      }
      Object value =
          field.group(1) != null ? named(values, field.group(1)) : positional(values, next++);
      out.append(formatted(field, type, value));
      budget.chars(out.length());
    }
    if (next < (values instanceof Tuple tuple ? tuple.size() : 0)) {
      throw new TemplateException("not all arguments converted during string formatting");
    }
    return out.append(format, from, format.length()).toString();
  }

  private static Object named(Object values, String name) {
    if (!(values instanceof Map<?, ?> map)) {
      throw new TemplateException("format requires a mapping");
    }
    if (!map.containsKey(name)) {
      throw new TemplateException("KeyError: '%s'".formatted(name));
    }
    return map.get(name);
  }

  private static Object positional(Object values, int index) {
    List<?> all = values instanceof Tuple tuple ? tuple : new Tuple(values);
    if (index >= all.size()) {
      throw new TemplateException("not enough arguments for format string");
    }
    return all.get(index);
  }

  private static String formatted(Matcher field, char type, Object value) {
    String flags = field.group(2);
    int width = number(field.group(3), 0);
    int precision = field.group(4) == null ? -1 : number(field.group(4), 0);
    String sign = "";
    String body;
    if (type == 's' || type == 'r' || type == 'a') {
      String text = type == 's' ? Repr.text(value) : Repr.of(value);
      body =
          precision >= 0 && precision < CodePoints.length(text)
              ? CodePoints.substring(text, 0, precision)
              : text;
    } else if (type == 'c') {
      body =
          value instanceof String text
              ? text
              : Character.toString((int) Numbers.toLong(value, "%c"));
    } else {
      if (!Types.isNumber(value)) {
        throw value instanceof Undefined u
            ? u.error()
            : new TemplateException(
                "%%%s format: a real number is required, not %s"
                    .formatted(type, Types.name(value)));
      }
      sign =
          NumberFormat.negative(value)
              ? "-"
              : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
      body = NumberFormat.digits(value, type, precision);
      if (flags.contains("#") && "xXo".indexOf(type) >= 0) {
        sign += "0" + type;
      }
    }
    int missing = width - CodePoints.length(sign) - CodePoints.length(body);
    if (missing <= 0) {
      return sign + body;
    }
    if (flags.contains("-")) {
      return sign + body + " ".repeat(missing);
    }
    boolean zeros = flags.contains("0") && "srac".indexOf(type) < 0;
    return zeros ? sign + "0".repeat(missing) + body : " ".repeat(missing) + sign + body;
  }

  static int number(String digits, int otherwise) {
    if (digits == null || digits.isEmpty()) {
      return otherwise;
    }
    return digits.length() > 4
        ? NumberFormat.MAX_WIDTH
        : Math.min(Integer.parseInt(digits), NumberFormat.MAX_WIDTH);
  }
}
