package io.penstock.engine.tokenizer.template;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's {@code str()} and {@code repr()}. */
final class Repr {
  private Repr() {}

  /** What {@code {{ value }}} prints. */
  static String text(Object value) {
    return switch (value) {
      case String s -> s;
      case Undefined u -> "";
      case null, default -> of(value);
    };
  }

  static String of(Object value) {
    if (value instanceof String || !(value instanceof Iterable<?> || value instanceof Map<?, ?>)) {
      return scalar(value);
    }
    StringBuilder out = new StringBuilder();
    append(value, out, 0);
    return out.toString();
  }

  private static String scalar(Object value) {
    return switch (value) {
      case null -> "None";
      case Boolean b -> b ? "True" : "False";
      case Double d -> number(d);
      case String s -> quoted(s);
      case Undefined u -> "Undefined";
      case DictView v -> "dict_%s(%s)".formatted(v.kind(), of(v.items()));
      case Generator g -> "<generator object>";
      case Namespace n -> "<Namespace " + of(n.attributes()) + ">";
      case Macro m -> "<Macro " + quoted(m.name()) + ">";
      case Loop l -> l.toString();
      case Callable c -> "<function>";
      default -> value.toString();
    };
  }

  private static void append(Object value, StringBuilder out, int depth) {
    if (depth > Budget.MAX_DATA_DEPTH || out.length() > Budget.MAX_CHARS) {
      throw new TemplateException("value is too deep or too large to print");
    }
    switch (value) {
      case Range r -> out.append(r);
      case List<?> list -> {
        boolean tuple = list instanceof Tuple;
        out.append(tuple ? '(' : '[');
        for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
          append(i.next(), out, depth + 1);
          out.append(i.hasNext() ? ", " : "");
        }
        out.append(tuple && list.size() == 1 ? "," : "").append(tuple ? ')' : ']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator);
          append(entry.getKey(), out, depth + 1);
          out.append(": ");
          append(entry.getValue(), out, depth + 1);
          separator = ", ";
        }
        out.append('}');
      }
      case null, default -> out.append(scalar(value));
    }
  }

  /** Shortest digits that give the same double; exponent form below 1e-4 and from 1e16. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return "%s%se%s%02d"
        .formatted(value < 0 ? "-" : "", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                  if (c == quote) {
                    out.append('\\').append(quote);
                  } else if (isPrintable(c)) {
                    out.appendCodePoint(c);
                  } else if (c < 0x100) {
                    out.append("\\x%02x".formatted(c));
                  } else {
                    out.append((c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
                  }
                }
              }
            });
    return out.append(quote).toString();
  }

  static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
