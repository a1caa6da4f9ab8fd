package io.penstock.engine.tokenizer.template;

import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Python's {@code json.dumps}, as Hugging Face's {@code tojson} filter calls it: no HTML escapes.
 */
final class JsonWriter {
  private final boolean ascii;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sortKeys;
  private final StringBuilder out = new StringBuilder();

  private JsonWriter(Arguments arguments) {
    ascii = arguments.flag(0, "ensure_ascii", false);
    Object width = arguments.get(1, "indent", null);
    indent =
        switch (width) {
          case null -> null;
          case String text -> text;
          default -> " ".repeat(Math.clamp(Numbers.toLong(width, "indent"), 0, 64));
        };
    Object separators = arguments.get(2, "separators", null);
    if (separators instanceof List<?> pair && pair.size() == 2) {
      itemSeparator = Repr.text(pair.get(0));
      keySeparator = Repr.text(pair.get(1));
    } else {
      itemSeparator = indent == null ? ", " : ",";
      keySeparator = ": ";
    }
    sortKeys = arguments.flag(3, "sort_keys", false);
  }

  static String write(Object value, Arguments arguments, Budget budget) {
    JsonWriter writer = new JsonWriter(arguments);
    writer.append(value, 0, budget);
    budget.chars(writer.out.length());
    return writer.out.toString();
  }

  private void append(Object value, int depth, Budget budget) {
    budget.step();
    budget.checkLength(out.length());
    if (depth > Budget.MAX_DATA_DEPTH) {
      throw new TemplateException("value is nested too deep for tojson");
    }
    switch (value) {
      case null -> out.append("null");
      case Boolean b -> out.append(b);
      case Double d -> out.append(number(d));
      case String s -> string(s);
      case List<?> list when !(list instanceof Range) -> list(list, depth, budget);
      case Map<?, ?> map -> map(map, depth, budget);
      default -> {
        if (!Types.isInt(value)) {
          throw new TemplateException(
              "Object of type %s is not JSON serializable".formatted(Types.name(value)));
        }
        out.append(value);
      }
    }
  }

  private void list(List<?> list, int depth, Budget budget) {
    out.append('[');
    for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
      newLine(depth + 1);
      append(i.next(), depth + 1, budget);
      out.append(i.hasNext() ? itemSeparator : "");
    }
    if (!list.isEmpty()) {
      newLine(depth);
    }
    out.append(']');
  }

  private void map(Map<?, ?> map, int depth, Budget budget) {
    out.append('{');
    Stream<? extends Map.Entry<?, ?>> entries = map.entrySet().stream();
    if (sortKeys) {
      entries = entries.sorted(Comparator.comparing(Map.Entry::getKey, JsonWriter::compareKeys));
    }
    for (Iterator<? extends Map.Entry<?, ?>> i = entries.iterator(); i.hasNext(); ) {
      Map.Entry<?, ?> entry = i.next();
      newLine(depth + 1);
      string(key(entry.getKey()));
      out.append(keySeparator);
      append(entry.getValue(), depth + 1, budget);
      out.append(i.hasNext() ? itemSeparator : "");
    }
    if (!map.isEmpty()) {
      newLine(depth);
    }
    out.append('}');
  }

  private static int compareKeys(Object a, Object b) {
    return Values.order(a, b, "<");
  }

  private static String key(Object key) {
    return switch (key) {
      case null -> "null";
      case String s -> s;
      case Boolean b -> b.toString();
      case Double d -> number(d);
      default -> {
        if (!Types.isInt(key)) {
          throw new TemplateException(
              "keys must be str, int, float, bool or None, not " + Types.name(key));
        }
        yield key.toString();
      }
    };
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    return Double.isInfinite(value) ? (value > 0 ? "Infinity" : "-Infinity") : Repr.number(value);
  }

  private void newLine(int depth) {
    if (indent != null) {
      out.append('\n').repeat(indent, depth);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || ascii && c > 0x7E) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
