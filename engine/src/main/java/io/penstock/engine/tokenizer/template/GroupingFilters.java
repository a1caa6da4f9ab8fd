package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Filters that cut a sequence into several. */
final class GroupingFilters {
  private GroupingFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put("groupby", GroupingFilters::groupBy);
    filters.put("batch", GroupingFilters::batch);
    filters.put("slice", GroupingFilters::slice);
  }

  private static Object groupBy(Object input, Arguments arguments, Budget budget) {
    Object attribute = arguments.require(0, "attribute");
    Object otherwise = arguments.get(1, "default", null);
    boolean caseSensitive = arguments.flag(2, "case_sensitive", false);
    Map<Object, List<Object>> groups = new LinkedHashMap<>();
    for (Object item :
        SequenceFilters.sorted(
            Values.toList(input, budget), false, caseSensitive, attribute, budget)) {
      Object key = SequenceFilters.path(item, attribute);
      Object filled = key instanceof Undefined && otherwise != null ? otherwise : key;
      groups
          .computeIfAbsent(
              Values.key(SequenceFilters.folded(filled, caseSensitive)), k -> new ArrayList<>())
          .add(item);
    }
    List<Object> result = new ArrayList<>();
    groups.forEach(
        (key, members) ->
            result.add(
                new Tuple.Group(
                    caseSensitive ? key : SequenceFilters.path(members.getFirst(), attribute),
                    members)));
    return result;
  }

  private static Object batch(Object input, Arguments arguments, Budget budget) {
    long size = Numbers.toLong(arguments.require(0, "linecount"), "linecount");
    Object fill = arguments.get(1, "fill_with", null);
    if (size < 1 || size > Range.MAX_SIZE) {
      throw new TemplateException("linecount must be between 1 and " + Range.MAX_SIZE);
    }
    List<Object> rows = new ArrayList<>();
    List<Object> row = new ArrayList<>();
    for (Object item : Values.toList(input, budget)) {
      if (row.size() == size) {
        rows.add(row);
        row = new ArrayList<>();
      }
      row.add(item);
    }
    if (!row.isEmpty()) {
      while (fill != null && row.size() < size) {
        budget.step();
        row.add(fill);
      }
      rows.add(row);
    }
    return new Generator(rows.iterator());
  }

  private static Object slice(Object input, Arguments arguments, Budget budget) {
    long slices = Numbers.toLong(arguments.require(0, "slices"), "slices");
    Object fill = arguments.get(1, "fill_with", null);
    if (slices < 1 || slices > Range.MAX_SIZE) {
      throw new TemplateException("slices must be between 1 and " + Range.MAX_SIZE);
    }
    List<Object> items = Values.toList(input, budget);
    int each = (int) (items.size() / slices);
    int longer = (int) (items.size() % slices);
    List<Object> columns = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < slices; i++) {
      budget.step();
      int to = from + each + (i < longer ? 1 : 0);
      List<Object> column = new ArrayList<>(items.subList(from, to));
      if (fill != null && i >= longer && longer > 0) {
        column.add(fill);
      }
      columns.add(column);
      from = to;
    }
    return new Generator(columns.iterator());
  }
}
