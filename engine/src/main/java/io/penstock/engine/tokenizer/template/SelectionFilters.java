package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code map}, {@code select} and their relatives, which apply a filter or test to each item. */
final class SelectionFilters {
  private SelectionFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put("map", SelectionFilters::map);
    filters.put("select", (in, a, b) -> select(in, a, null, true, b));
    filters.put("reject", (in, a, b) -> select(in, a, null, false, b));
    filters.put(
        "selectattr", (in, a, b) -> select(in, a.from(1), a.require(0, "attribute"), true, b));
    filters.put(
        "rejectattr", (in, a, b) -> select(in, a.from(1), a.require(0, "attribute"), false, b));
  }

  private static Object map(Object input, Arguments arguments, Budget budget) {
    List<Object> mapped = new ArrayList<>();
    if (arguments.count() == 0 && arguments.keywords().containsKey("attribute")) {
      Object attribute = arguments.keywords().get("attribute");
      Object otherwise = arguments.keywords().get("default");
      for (Object item : Values.toList(input, budget)) {
        Object value = SequenceFilters.path(item, attribute);
        mapped.add(value instanceof Undefined && otherwise != null ? otherwise : value);
      }
    } else {
      String filter = arguments.requireText(0, "filter");
      Arguments rest = arguments.from(1);
      for (Object item : Values.toList(input, budget)) {
        mapped.add(Filters.apply(filter, item, rest, budget));
      }
    }
    return new Generator(mapped.iterator());
  }

  /** Keeps the items, or rejects them, whose attribute passes a test, by default that of truth. */
  private static Object select(
      Object input, Arguments test, Object attribute, boolean keep, Budget budget) {
    String name = test.count() > 0 ? test.requireText(0, "test") : null;
    Arguments rest = test.from(1);
    List<Object> selected = new ArrayList<>();
    for (Object item : Values.toList(input, budget)) {
      Object value = attribute == null ? item : SequenceFilters.path(item, attribute);
      boolean passes = name == null ? Values.truth(value) : Tests.apply(name, value, rest, budget);
      if (passes == keep) {
        selected.add(item);
      }
    }
    return new Generator(selected.iterator());
  }
}
