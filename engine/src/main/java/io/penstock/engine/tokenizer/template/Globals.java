package io.penstock.engine.tokenizer.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template can call. */
final class Globals {
  static final Map<String, Callable> ALL =
      Map.of(
          "range", Globals::range,
          "dict", Globals::dict,
          "namespace", Globals::namespace,
          "cycler", (arguments, budget) -> new Cycler(arguments.positional()),
          "joiner", (arguments, budget) -> new Joiner(arguments.text(0, "sep", ", ")),
          "raise_exception", Globals::raise);

  private Globals() {}

  private static Object range(Arguments arguments, Budget budget) {
    long first = Numbers.toLong(arguments.require(0, "stop"), "stop");
    return arguments.count() < 2
        ? new Range(0, first, 1)
        : new Range(
            first,
            Numbers.toLong(arguments.positional().get(1), "stop"),
            arguments.integer(2, "step", 1));
  }

  private static Object dict(Arguments arguments, Budget budget) {
    Map<Object, Object> dict =
        arguments.count() > 0
            ? DictMethods.toDict(arguments.positional().getFirst(), budget)
            : new LinkedHashMap<>();
    dict.putAll(arguments.keywords());
    return dict;
  }

  private static Object namespace(Arguments arguments, Budget budget) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    if (arguments.count() > 0) {
      DictMethods.toDict(arguments.positional().getFirst(), budget)
          .forEach((name, value) -> attributes.put(Repr.text(name), value));
    }
    attributes.putAll(arguments.keywords());
    return new Namespace(attributes);
  }

  private static Object raise(Arguments arguments, Budget budget) {
    throw TemplateException.raised(Repr.text(arguments.require(0, "message")));
  }

  /** Gives its items in turn. */
  static final class Cycler {
    private final List<Object> items;
    private int position;

    Cycler(List<Object> items) {
      if (items.isEmpty()) {
        throw new TemplateException("at least one item has to be provided");
      }
      this.items = items;
    }

    /** The attribute of this name, or null. */
    Object attribute(String name) {
      return switch (name) {
        case "current" -> items.get(position);
        case "next" ->
            (Callable)
                (arguments, budget) -> {
                  Object item = items.get(position);
                  position = (position + 1) % items.size();
                  return item;
                };
        case "reset" ->
            (Callable)
                (arguments, budget) -> {
                  position = 0;
                  return null;
                };
        default -> null;
      };
    }
  }

  /** Gives nothing when first called and the separator afterwards. */
  private static final class Joiner implements Callable {
    private final String separator;
    private boolean used;

    Joiner(String separator) {
      this.separator = separator;
    }

    @Override
    public Object call(Arguments arguments, Budget budget) {
      String text = used ? separator : "";
      used = true;
      return text;
    }
  }
}
