package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Methods of lists and tuples. Changing a list changes the rendering's copy of the data only. */
final class ListMethods {
  private ListMethods() {}

  /** The method of this name bound to the list, or null. */
  @SuppressWarnings("unchecked") // lists here are always made of Objects
  static Callable bind(List<?> items, String name) {
    List<Object> list = (List<Object>) items;
    Callable reading =
        switch (name) {
          case "index" ->
              (a, b) -> {
                Object wanted = a.require(0, "value");
                b.charge(list.size());
                for (int i = 0; i < list.size(); i++) {
                  if (Values.equal(list.get(i), wanted)) {
                    return (long) i;
                  }
                }
                throw new TemplateException(Repr.of(wanted) + " is not in list");
              };
          case "count" ->
              (a, b) -> {
                Object wanted = a.require(0, "value");
                b.charge(list.size());
                return list.stream().filter(item -> Values.equal(item, wanted)).count();
              };
          default -> null;
        };
    return reading != null || items instanceof Tuple || items instanceof Range
        ? reading
        : changing(list, name);
  }

  private static Callable changing(List<Object> list, String name) {
    return switch (name) {
      case "append" ->
          (a, b) -> {
            list.add(a.require(0, "object"));
            return null;
          };
      case "extend" ->
          (a, b) -> {
            list.addAll(Values.toList(a.require(0, "iterable"), b));
            return null;
          };
      case "insert" ->
          (a, b) -> {
            long at = Numbers.toLong(a.require(0, "index"), "index");
            b.charge(list.size() / 8);
            list.add(
                Math.clamp(at < 0 ? at + list.size() : at, 0, list.size()), a.require(1, "object"));
            return null;
          };
      case "pop" ->
          (a, b) -> {
            long at = a.integer(0, "index", -1);
            long index = at < 0 ? at + list.size() : at;
            if (index < 0 || index >= list.size()) {
              throw new TemplateException(
                  list.isEmpty() ? "pop from empty list" : "pop index out of range");
            }
            b.charge(list.size() / 8);
            return list.remove((int) index);
          };
      case "remove" ->
          (a, b) -> {
            Object wanted = a.require(0, "value");
            b.charge(list.size());
            for (int i = 0; i < list.size(); i++) {
              if (Values.equal(list.get(i), wanted)) {
                list.remove(i);
                return null;
              }
            }
            throw new TemplateException("list.remove(x): x not in list");
          };
      case "reverse" ->
          (a, b) -> {
            b.charge(list.size());
            Collections.reverse(list);
            return null;
          };
      case "sort" ->
          (a, b) -> {
            List<Object> sorted = SequenceFilters.sorted(list, false, true, null, b);
            Collections.copy(list, a.flag(0, "reverse", false) ? sorted.reversed() : sorted);
            return null;
          };
      case "copy" -> (a, b) -> new ArrayList<>(list);
      case "clear" ->
          (a, b) -> {
            list.clear();
            return null;
          };
      default -> null;
    };
  }
}
