package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Methods of dicts. Changing one changes the rendering's copy of the data only. */
final class DictMethods {
  private DictMethods() {}

  /** The method of this name bound to the dict, or null. */
  @SuppressWarnings("unchecked") // dicts here are always made with Object keys and values
  static Callable bind(Map<?, ?> dict, String name) {
    Map<Object, Object> map = (Map<Object, Object>) dict;
    return switch (name) {
      case "get" ->
          (a, b) -> {
            Object key = Values.key(a.require(0, "key"));
            return map.containsKey(key) ? map.get(key) : a.get(1, "default", null);
          };
      case "items" -> (a, b) -> new DictView("items", items(map, b));
      case "keys" -> (a, b) -> new DictView("keys", copy(map.keySet(), b));
      case "values" -> (a, b) -> new DictView("values", copy(map.values(), b));
      case "copy" -> (a, b) -> new LinkedHashMap<>(map);
      case "update" ->
          (a, b) -> {
            if (a.count() > 0) {
              map.putAll(toDict(a.positional().getFirst(), b));
            }
            map.putAll(a.keywords());
            return null;
          };
      case "setdefault" ->
          (a, b) -> {
            Object key = Values.key(a.require(0, "key"));
            if (!map.containsKey(key)) {
              map.put(key, a.get(1, "default", null));
            }
            return map.get(key);
          };
      case "pop" ->
          (a, b) -> {
            Object key = Values.key(a.require(0, "key"));
            if (!map.containsKey(key) && a.count() < 2) {
              throw new TemplateException("KeyError: " + Repr.of(key));
            }
            return map.containsKey(key) ? map.remove(key) : a.positional().get(1);
          };
      case "popitem" ->
          (a, b) -> {
            if (map.isEmpty()) {
              throw new TemplateException("popitem(): dictionary is empty");
            }
            Object last = new ArrayList<>(map.keySet()).getLast();
            return new Tuple(last, map.remove(last));
          };
      case "clear" ->
          (a, b) -> {
            map.clear();
            return null;
          };
      default -> null;
    };
  }

  static List<Object> items(Map<?, ?> map, Budget budget) {
    budget.charge(map.size());
    List<Object> items = new ArrayList<>(map.size());
    map.forEach((key, value) -> items.add(new Tuple(key, value)));
    return items;
  }

  /** A dict, or pairs of key and value. */
  static Map<Object, Object> toDict(Object value, Budget budget) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      budget.charge(map.size());
      dict.putAll(map);
      return dict;
    }
    for (Object item : Values.toList(value, budget)) {
      List<Object> pair = Values.toList(item, budget);
      if (pair.size() != 2) {
        throw new TemplateException(
            "dictionary update sequence element has length %d; 2 is required"
                .formatted(pair.size()));
      }
      dict.put(Values.key(pair.get(0)), pair.get(1));
    }
    return dict;
  }

  private static List<Object> copy(Collection<Object> values, Budget budget) {
    budget.charge(values.size());
    return new ArrayList<>(values);
  }
}
