package io.penstock.engine.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Python's truth, equality, order, membership and iteration. */
final class Values {
  private Values() {}

  /**
   * A copy of a JSON-like value with the number types used here; so a template cannot change its
   * caller's data.
   */
  static Object adopt(Object value) {
    return switch (value) {
      case Integer i -> (long) i;
      case Short s -> (long) s;
      case Byte b -> (long) b;
      case Float f -> (double) f;
      case BigDecimal d -> d.doubleValue();
      case BigInteger i -> Numbers.narrow(i);
      case Tuple t -> t;
      case Range r -> r;
      case List<?> list -> {
        List<Object> copy = new ArrayList<>(list.size());
        list.forEach(item -> copy.add(adopt(item)));
        yield copy;
      }
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, item) -> copy.put(adopt(key), adopt(item)));
        yield copy;
      }
      case null, default -> value;
    };
  }

  static boolean truth(Object value) {
    return switch (value) {
      case null -> false;
      case Undefined u -> false;
      case Boolean b -> b;
      case Long l -> l != 0;
      case BigInteger i -> i.signum() != 0;
      case Double d -> d != 0;
      case String s -> !s.isEmpty();
      case List<?> l -> !l.isEmpty();
      case Map<?, ?> m -> !m.isEmpty();
      case DictView v -> !v.items().isEmpty();
      default -> true;
    };
  }

  static boolean equal(Object a, Object b) {
    if (a == b) {
      return true;
    }
    if (a == null || b == null) {
      return false;
    }
    if (Types.isNumber(a) && Types.isNumber(b)) {
      return Numbers.compare(a, b) == 0 && !Double.isNaN(Numbers.toDouble(a));
    }
    if (a instanceof List<?> left && b instanceof List<?> right) {
      return a instanceof Tuple == b instanceof Tuple
          && a instanceof Range == b instanceof Range
          && sameItems(left, right);
    }
    if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
      return left.size() == right.size()
          && left.entrySet().stream()
              .allMatch(
                  e -> right.containsKey(e.getKey()) && equal(e.getValue(), right.get(e.getKey())));
    }
    return a.equals(b);
  }

  static boolean sameItems(List<?> a, List<?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!equal(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Negative, zero or positive, for values that have an order; {@code operator} is for errors. */
  static int order(Object a, Object b, String operator) {
    if (Types.isNumber(a) && Types.isNumber(b)) {
      return Numbers.compare(a, b);
    }
    if (a instanceof String left && b instanceof String right) {
      return CodePoints.compare(left, right);
    }
    if (a instanceof List<?> left
        && b instanceof List<?> right
        && a instanceof Tuple == b instanceof Tuple) {
      for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
        if (!equal(left.get(i), right.get(i))) {
          return order(left.get(i), right.get(i), operator);
        }
      }
      return Integer.compare(left.size(), right.size());
    }
    if (a instanceof Undefined u) {
      throw u.error();
    }
    if (b instanceof Undefined u) {
      throw u.error();
    }
    throw new TemplateException(
        "'%s' not supported between instances of '%s' and '%s'"
            .formatted(operator, Types.name(a), Types.name(b)));
  }

  static boolean contains(Object container, Object item, Budget budget) {
    switch (container) {
      case String text -> {
        if (item instanceof String part) {
          budget.charge(text.length() >> 4);
          return text.contains(part);
        }
        throw item instanceof Undefined u
            ? u.error()
            : new TemplateException(
                "'in <string>' requires string as left operand, not " + Types.name(item));
      }
      case Map<?, ?> map -> {
        return map.containsKey(key(item));
      }
      case null, default -> {
        for (Iterator<?> i = iterate(container, "argument of type '%s' is not iterable");
            i.hasNext(); ) {
          budget.step();
          if (equal(i.next(), item)) {
            return true;
          }
        }
        return false;
      }
    }
  }

  /** A value in its form as a dict's key: numbers that are equal are the same key. */
  static Object key(Object value) {
    return switch (value) {
      case Double d when d == Math.rint(d) && Math.abs(d) < 1e15 -> (long) (double) d;
      case Tuple t -> t;
      case List<?> l -> throw new TemplateException("unhashable type: 'list'");
      case Map<?, ?> m -> throw new TemplateException("unhashable type: 'dict'");
      case null, default -> value;
    };
  }

  static Iterator<?> iterate(Object value) {
    return iterate(value, "'%s' object is not iterable");
  }

  private static Iterator<?> iterate(Object value, String complaint) {
    return switch (value) {
      case List<?> list -> list.iterator();
      case Map<?, ?> map -> new ArrayList<Object>(map.keySet()).iterator();
      case String text -> CodePoints.iterator(text);
      case DictView view -> view.items().iterator();
      case Generator generator -> generator.items();
      case Undefined u -> List.of().iterator();
      case Loop loop -> loop.remaining();
      case null, default -> throw new TemplateException(complaint.formatted(Types.name(value)));
    };
  }

  static List<Object> toList(Object value, Budget budget) {
    List<Object> list = new ArrayList<>();
    for (Iterator<?> i = iterate(value); i.hasNext(); ) {
      budget.step();
      list.add(i.next());
    }
    return list;
  }

  static long length(Object value) {
    return switch (value) {
      case String text -> CodePoints.length(text);
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case DictView view -> view.items().size();
      case Undefined u -> 0;
      case Loop loop -> loop.length();
      case null, default ->
          throw new TemplateException(
              "object of type '%s' has no len()".formatted(Types.name(value)));
    };
  }
}
