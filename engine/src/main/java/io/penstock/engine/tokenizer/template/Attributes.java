package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code object.name}, {@code object[key]} and slices. */
final class Attributes {
  private Attributes() {}

  /** An attribute; for a dict without such a method, the item of that name. */
  static Object attribute(Object object, String name) {
    Object attribute = own(object, name);
    if (attribute instanceof Undefined
        && object instanceof Map<?, ?> map
        && (map.get(name) != null || map.containsKey(name))) {
      return map.get(name);
    }
    return attribute;
  }

  /** An attribute only, as the {@code attr} filter sees it. */
  static Object own(Object object, String name) {
    Object found =
        switch (object) {
          case Undefined undefined -> throw undefined.error();
          case Namespace namespace ->
              namespace.attributes().containsKey(name)
                  ? namespace.attributes().get(name)
                  : Undefined.attribute(object, name);
          case Loop loop -> loop.attribute(name);
          case Macro macro -> macro.attribute(name);
          case Globals.Cycler cycler -> cycler.attribute(name);
          case String text -> StringMethods.bind(text, name);
          case Map<?, ?> map -> DictMethods.bind(map, name);
          case Tuple.Group group when name.equals("grouper") -> group.get(0);
          case Tuple.Group group when name.equals("list") -> group.get(1);
          case List<?> list -> ListMethods.bind(list, name);
          case null, default -> null;
        };
    return found == null && !(object instanceof Namespace || object instanceof Loop)
        ? Undefined.attribute(object, name)
        : found;
  }

  static Object item(Object object, Object key) {
    if (object instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (object instanceof Map<?, ?> map) {
      Object normal =
          key instanceof List<?> list && !(list instanceof Tuple) ? null : Values.key(key);
      if (map.get(normal) != null || map.containsKey(normal)) {
        return map.get(normal);
      }
    } else if (Types.isInt(key)) {
      Object element = element(object, Numbers.toLong(key, "index"));
      if (element != null) {
        return element == NONE ? null : element;
      }
    }
    if (key instanceof String name) {
      Object attribute = own(object, name);
      if (!(attribute instanceof Undefined)) {
        return attribute;
      }
    }
    return Undefined.element(object, key);
  }

  private static final Object NONE = new Object();

  /** The element, {@link #NONE} for one that is None, or null where there is no such element. */
  private static Object element(Object object, long index) {
    if (object instanceof List<?> list) {
      long at = index < 0 ? index + list.size() : index;
      if (at < 0 || at >= list.size()) {
        return null;
      }
      Object element = list.get((int) at);
      return element == null ? NONE : element;
    }
    if (object instanceof String text) {
      int length = CodePoints.length(text);
      long at = index < 0 ? index + length : index;
      return at < 0 || at >= length ? null : CodePoints.substring(text, (int) at, (int) at + 1);
    }
    return null;
  }

  /** {@code object[start:stop:step]} with null for parts that are left out. */
  static Object slice(Object object, Object start, Object stop, Object step, Budget budget) {
    if (object instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(object instanceof String || object instanceof List<?>)) {
      throw new TemplateException("'%s' object is not subscriptable".formatted(Types.name(object)));
    }
    long length = Values.length(object);
    long by = step == null ? 1 : Numbers.toLong(step, "slice step");
    if (by == 0) {
      throw new TemplateException("slice step cannot be zero");
    }
    boolean forward = by > 0;
    long from = bound(start, length, forward, forward ? 0 : length - 1);
    long to = bound(stop, length, forward, forward ? length : -1);
    long span = forward ? to - from : from - to;
    int count = span <= 0 ? 0 : (int) ((span - 1) / Math.abs(by) + 1);
    budget.charge(count / 8);
    if (object instanceof String text) {
      budget.charge(length >> 4);
      return by == 1
          ? CodePoints.substring(text, (int) from, (int) (from + count))
          : CodePoints.pick(text, from, by, count);
    }
    List<?> list = (List<?>) object;
    List<Object> picked = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      picked.add(list.get((int) (from + i * by)));
    }
    return list instanceof Tuple ? Tuple.of(picked) : picked;
  }

  private static long bound(Object given, long length, boolean forward, long otherwise) {
    if (given == null) {
      return otherwise;
    }
    long value = Numbers.toLong(given, "slice index");
    long index = value < 0 ? value + length : value;
    return forward ? Math.clamp(index, 0, length) : Math.clamp(index, -1, length - 1);
  }
}
