package io.penstock.engine.tokenizer.template;

import java.util.HashMap;
import java.util.Map;

/** The filters by name. */
final class Filters {

  /** A filter: its input, further arguments, and what it may spend. */
  @FunctionalInterface
  interface Filter {
    Object apply(Object input, Arguments arguments, Budget budget);
  }

  private static final Map<String, Filter> BY_NAME = new HashMap<>();

  static {
    TextFilters.register(BY_NAME);
    SequenceFilters.register(BY_NAME);
    GroupingFilters.register(BY_NAME);
    SelectionFilters.register(BY_NAME);
    NumberFilters.register(BY_NAME);
    BY_NAME.put("tojson", JsonWriter::write);
    BY_NAME.put("default", Filters::otherwise);
    BY_NAME.put("d", Filters::otherwise);
    BY_NAME.put("attr", (in, a, b) -> Attributes.own(in, a.requireText(0, "name")));
  }

  private Filters() {}

  static boolean exists(String name) {
    return BY_NAME.containsKey(name);
  }

  static Object apply(String name, Object input, Arguments arguments, Budget budget) {
    Filter filter = BY_NAME.get(name);
    if (filter == null) {
      throw new TemplateException("No filter named '%s'".formatted(name));
    }
    return filter.apply(input, arguments, budget);
  }

  private static Object otherwise(Object input, Arguments arguments, Budget budget) {
    boolean missing =
        input instanceof Undefined || arguments.flag(1, "boolean", false) && !Values.truth(input);
    return missing ? arguments.get(0, "default_value", "") : input;
  }
}
