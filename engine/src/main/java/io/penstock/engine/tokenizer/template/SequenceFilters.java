package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Filters that go through a sequence as a whole. */
final class SequenceFilters {
  private SequenceFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put("length", (in, a, b) -> Values.length(in));
    filters.put("count", (in, a, b) -> Values.length(in));
    filters.put("first", (in, a, b) -> first(in));
    filters.put("last", SequenceFilters::last);
    filters.put("list", (in, a, b) -> Values.toList(in, b));
    filters.put("join", SequenceFilters::join);
    filters.put("reverse", (in, a, b) -> reverse(in, b));
    filters.put("sort", SequenceFilters::sort);
    filters.put("unique", SequenceFilters::unique);
    filters.put("items", SequenceFilters::items);
    filters.put("dictsort", SequenceFilters::dictSort);
    filters.put("min", (in, a, b) -> extreme(in, a, -1, b));
    filters.put("max", (in, a, b) -> extreme(in, a, 1, b));
    filters.put("sum", SequenceFilters::sum);
  }

  private static Object first(Object input) {
    Iterator<?> items = Values.iterate(input);
    return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
  }

  private static Object last(Object input, Arguments arguments, Budget budget) {
    if (input instanceof Generator) {
      throw new TemplateException("'generator' object is not reversible");
    }
    List<Object> items = Values.toList(input, budget);
    return items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
  }

  private static Object join(Object input, Arguments arguments, Budget budget) {
    String separator = Repr.text(arguments.get(0, "d", ""));
    Object attribute = arguments.get(1, "attribute", null);
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Object item : Values.toList(input, budget)) {
      out.append(first ? "" : separator);
      out.append(Repr.text(attribute == null ? item : path(item, attribute)));
      budget.checkLength(out.length());
      first = false;
    }
    budget.chars(out.length());
    return out.toString();
  }

  private static Object reverse(Object input, Budget budget) {
    if (input instanceof String text) {
      return new StringBuilder(text).reverse().toString();
    }
    return new Generator(Values.toList(input, budget).reversed().iterator());
  }

  private static Object sort(Object input, Arguments arguments, Budget budget) {
    List<Object> sorted =
        sorted(
            Values.toList(input, budget),
            arguments.flag(0, "reverse", false),
            arguments.flag(1, "case_sensitive", false),
            arguments.get(2, "attribute", null),
            budget);
    return sorted;
  }

  /**
   * @param attribute path of what to sort by, several separated by commas; null for the items
   */
  static List<Object> sorted(
      List<Object> items, boolean reverse, boolean caseSensitive, Object attribute, Budget budget) {
    Function<Object, Object> key;
    if (attribute instanceof String names && names.contains(",")) {
      String[] paths = names.split(",");
      key =
          item -> {
            Object[] parts = new Object[paths.length];
            for (int i = 0; i < paths.length; i++) {
              parts[i] = folded(path(item, paths[i]), caseSensitive);
            }
            return new Tuple(parts);
          };
    } else {
      key = item -> folded(attribute == null ? item : path(item, attribute), caseSensitive);
    }
    budget.charge(items.size() * 8L);
    Comparator<Object> order =
        (a, b) -> {
          budget.step();
          return Values.order(key.apply(a), key.apply(b), "<");
        };
    List<Object> sorted = new ArrayList<>(items);
    sorted.sort(reverse ? order.reversed() : order);
    return sorted;
  }

  private static Object unique(Object input, Arguments arguments, Budget budget) {
    boolean caseSensitive = arguments.flag(0, "case_sensitive", false);
    Object attribute = arguments.get(1, "attribute", null);
    Set<Object> seen = new HashSet<>();
    List<Object> unique = new ArrayList<>();
    for (Object item : Values.toList(input, budget)) {
      Object key = folded(attribute == null ? item : path(item, attribute), caseSensitive);
      if (seen.add(key instanceof Boolean b ? (b ? 1L : 0L) : Values.key(key))) {
        unique.add(item);
      }
    }
    return new Generator(unique.iterator());
  }

  private static Object items(Object input, Arguments arguments, Budget budget) {
    if (input instanceof Undefined) {
      return new Generator(List.of().iterator());
    }
    if (!(input instanceof Map<?, ?> map)) {
      throw new TemplateException("Can only get item pairs from a mapping.");
    }
    return new Generator(DictMethods.items(map, budget).iterator());
  }

  private static Object dictSort(Object input, Arguments arguments, Budget budget) {
    if (!(input instanceof Map<?, ?> map)) {
      throw new TemplateException("dictsort needs a mapping, not " + Types.name(input));
    }
    boolean caseSensitive = arguments.flag(0, "case_sensitive", false);
    String by = arguments.text(1, "by", "key");
    return sorted(
        DictMethods.items(map, budget),
        arguments.flag(2, "reverse", false),
        caseSensitive,
        by.equals("value") ? 1L : 0L,
        budget);
  }

  private static Object extreme(Object input, Arguments arguments, int sign, Budget budget) {
    boolean caseSensitive = arguments.flag(0, "case_sensitive", false);
    Object attribute = arguments.get(1, "attribute", null);
    Object best = null;
    Object bestKey = null;
    boolean any = false;
    for (Object item : Values.toList(input, budget)) {
      Object key = folded(attribute == null ? item : path(item, attribute), caseSensitive);
      if (!any || Values.order(key, bestKey, sign > 0 ? ">" : "<") * sign > 0) {
        best = item;
        bestKey = key;
      }
      any = true;
    }
    return any ? best : new Undefined("No aggregated item, sequence was empty.");
  }

  private static Object sum(Object input, Arguments arguments, Budget budget) {
    Object attribute = arguments.get(0, "attribute", null);
    Object total = arguments.get(1, "start", 0L);
    for (Object item : Values.toList(input, budget)) {
      total = Operators.apply("+", total, attribute == null ? item : path(item, attribute), budget);
    }
    return total;
  }

  /** Follows a path such as {@code function.name} or {@code parts.0}. */
  static Object path(Object item, Object attribute) {
    if (!(attribute instanceof String names)) {
      return Attributes.item(item, attribute);
    }
    Object value = item;
    for (String name : names.split("\\.")) {
      boolean index = !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
      value = Attributes.item(value, index && name.length() < 10 ? Long.valueOf(name) : name);
    }
    return value;
  }

  static Object folded(Object value, boolean caseSensitive) {
    return !caseSensitive && value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }
}
