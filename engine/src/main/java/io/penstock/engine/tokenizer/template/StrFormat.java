package io.penstock.engine.tokenizer.template;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code "format".format(...)}. */
final class StrFormat {
  private static final Pattern PATH = Pattern.compile("([^.\\[]*)((?:\\.[^.\\[]+|\\[[^\\]]+])*)");
  private static final Pattern STEP = Pattern.compile("\\.([^.\\[]+)|\\[([^\\]]+)]");
  private static final Pattern SPEC =
      Pattern.compile(
          "(?:(.)?([<>=^]))?([-+ ]?)(#?)(0?)(\\d*)([,_]?)(?:\\.(\\d+))?([a-zA-Z%]?)",
          Pattern.DOTALL);

  private StrFormat() {}

  static String apply(String format, Arguments arguments, Budget budget) {
    StringBuilder out = new StringBuilder();
    int automatic = 0;
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '{' && c != '}') {
        out.append(c);
        continue;
      }
      if (i + 1 < format.length() && format.charAt(i + 1) == c) {
        out.append(c);
        i++;
        continue;
      }
      int close = c == '{' ? format.indexOf('}', i) : -1;
      if (close < 0) {
        throw new TemplateException("Single '%s' encountered in format string".formatted(c));
      }
      String field = format.substring(i + 1, close);
      i = close;
      int colon = field.indexOf(':');
      String spec = colon < 0 ? "" : field.substring(colon + 1);
      String name = colon < 0 ? field : field.substring(0, colon);
      int bang = name.indexOf('!');
      String conversion = bang < 0 ? "" : name.substring(bang + 1);
      String path = bang < 0 ? name : name.substring(0, bang);
      if (path.isEmpty() || path.startsWith(".") || path.startsWith("[")) {
        path = automatic++ + path;
      }
      Object value = value(path, arguments);
      if (!conversion.isEmpty()) {
        value = conversion.equals("s") ? Repr.text(value) : Repr.of(value);
      }
      out.append(formatted(value, spec));
      budget.chars(out.length());
    }
    return out.toString();
  }

  private static Object value(String path, Arguments arguments) {
    Matcher parts = PATH.matcher(path);
    if (!parts.matches()) {
      throw new TemplateException("malformed format field '%s'".formatted(path));
    }
    String first = parts.group(1);
    Object value;
    if (first.matches("\\d{1,6}")) {
      int index = Integer.parseInt(first);
      if (index >= arguments.count()) {
        throw new TemplateException(
            "Replacement index %d out of range for positional args tuple".formatted(index));
      }
      value = arguments.positional().get(index);
    } else if (arguments.keywords().containsKey(first)) {
      value = arguments.keywords().get(first);
    } else {
      throw new TemplateException("KeyError: '%s'".formatted(first));
    }
    for (Matcher step = STEP.matcher(parts.group(2)); step.find(); ) {
      String key = step.group(2);
      value =
          key == null
              ? Attributes.own(value, step.group(1))
              : Attributes.item(value, key.matches("\\d{1,9}") ? Long.valueOf(key) : key);
    }
    return value;
  }

  private static String formatted(Object value, String written) {
    if (written.isEmpty()) {
      return Repr.text(value);
    }
    Matcher spec = SPEC.matcher(written);
    if (!spec.matches()) {
      throw new TemplateException("Invalid format specifier '%s'".formatted(written));
    }
    char type = spec.group(9).isEmpty() ? 0 : spec.group(9).charAt(0);
    boolean numeric = Types.isNumber(value) && !(value instanceof Boolean && type == 0);
    String sign = "";
    String body;
    if (numeric && type != 's') {
      boolean negative = NumberFormat.negative(value);
      sign = negative ? "-" : spec.group(3).equals("-") ? "" : spec.group(3);
      body = number(value, type, PrintfFormat.number(spec.group(8), -1), spec.group(7));
      if (!spec.group(4).isEmpty() && "xXob".indexOf(type) >= 0) {
        sign += "0" + type;
      }
    } else {
      if (type != 0 && type != 's') {
        throw new TemplateException(
            "Unknown format code '%s' for object of type '%s'".formatted(type, Types.name(value)));
      }
      String text = Repr.text(value);
      int limit = PrintfFormat.number(spec.group(8), -1);
      body =
          limit >= 0 && limit < CodePoints.length(text)
              ? CodePoints.substring(text, 0, limit)
              : text;
    }
    boolean zeros = !spec.group(5).isEmpty();
    String fill = spec.group(1) != null ? spec.group(1) : zeros ? "0" : " ";
    String align =
        spec.group(2) != null ? spec.group(2) : zeros && numeric ? "=" : numeric ? ">" : "<";
    int missing =
        Math.max(
            0,
            PrintfFormat.number(spec.group(6), 0)
                - CodePoints.length(sign)
                - CodePoints.length(body));
    return switch (align) {
      case "<" -> sign + body + fill.repeat(missing);
      case "^" -> fill.repeat(missing / 2) + sign + body + fill.repeat(missing - missing / 2);
      case "=" -> sign + fill.repeat(missing) + body;
      default -> fill.repeat(missing) + sign + body;
    };
  }

  private static String number(Object value, char type, int precision, String grouping) {
    String digits;
    if (type == 0 && value instanceof Double d && precision < 0) {
      String text = Repr.number(d);
      digits = text.startsWith("-") ? text.substring(1) : text;
    } else {
      char presentation = type != 0 ? type : value instanceof Double ? 'g' : 'd';
      digits = NumberFormat.digits(value, presentation, precision);
    }
    if (grouping.isEmpty()) {
      return digits;
    }
    int end = 0;
    while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
      end++;
    }
    StringBuilder grouped = new StringBuilder(digits);
    for (int at = end - 3; at > 0; at -= 3) {
      grouped.insert(at, grouping);
    }
    return grouped.toString();
  }
}
