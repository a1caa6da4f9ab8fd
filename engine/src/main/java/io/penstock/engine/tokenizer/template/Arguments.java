package io.penstock.engine.tokenizer.template;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Arguments of one call. The getters name a parameter by its position and keyword.
 *
 * @param positional in order
 * @param keywords in order of writing
 */
record Arguments(List<Object> positional, Map<String, Object> keywords) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  static Arguments of(Object... positional) {
    return new Arguments(Arrays.asList(positional), Map.of());
  }

  int count() {
    return positional.size();
  }

  boolean has(int index, String name) {
    return index < positional.size() || keywords.containsKey(name);
  }

  Object get(int index, String name, Object otherwise) {
    if (index < positional.size()) {
      return positional.get(index);
    }
    return keywords.containsKey(name) ? keywords.get(name) : otherwise;
  }

  Object require(int index, String name) {
    if (!has(index, name)) {
      throw new TemplateException("argument '" + name + "' is missing");
    }
    return get(index, name, null);
  }

  /** An optional str; None counts as not given. */
  String text(int index, String name, String otherwise) {
    Object value = get(index, name, null);
    return switch (value) {
      case null -> otherwise;
      case String text -> text;
      case Undefined u -> throw u.error();
      default ->
          throw new TemplateException(
              "argument '%s' must be str, not %s".formatted(name, Types.name(value)));
    };
  }

  String requireText(int index, String name) {
    require(index, name);
    String text = text(index, name, null);
    if (text == null) {
      throw new TemplateException("argument '%s' must be str, not NoneType".formatted(name));
    }
    return text;
  }

  /** An optional int; None counts as not given. */
  long integer(int index, String name, long otherwise) {
    Object value = get(index, name, null);
    return value == null ? otherwise : Numbers.toLong(value, name);
  }

  boolean flag(int index, String name, boolean otherwise) {
    return has(index, name) ? Values.truth(get(index, name, null)) : otherwise;
  }

  /** The arguments from a position on, for what passes them on to a filter or test. */
  Arguments from(int index) {
    return new Arguments(
        positional.subList(Math.min(index, positional.size()), positional.size()), keywords);
  }

  Arguments without(String keyword) {
    Map<String, Object> rest = new LinkedHashMap<>(keywords);
    rest.remove(keyword);
    return new Arguments(positional, rest);
  }

  void atMost(int count, String function) {
    if (positional.size() > count) {
      throw new TemplateException(
          "%s takes at most %d arguments (%d given)".formatted(function, count, positional.size()));
    }
  }
}
