package io.penstock.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What stands behind a benchmark's name: {@code --flag}, {@code --key value} and plain words.
 *
 * @param words plain words, in order
 * @param values by name, without dashes; a flag's value is empty
 */
public record Options(List<String> words, Map<String, String> values) {
  public static final Options NONE = new Options(List.of(), Map.of());

  /**
   * @param keys names that a value follows
   * @param flags names that stand alone
   * @throws IllegalArgumentException for any other
   */
  public static Options parse(List<String> arguments, Set<String> keys, Set<String> flags) {
    List<String> words = new ArrayList<>();
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String name = argument.startsWith("--") ? argument.substring(2) : null;
      if (name == null) {
        words.add(argument);
      } else if (flags.contains(name)) {
        values.put(name, "");
      } else if (!keys.contains(name)) {
        throw new IllegalArgumentException("there is no option " + argument);
      } else if (++i == arguments.size()) {
        throw new IllegalArgumentException(argument + " needs a value");
      } else {
        values.put(name, arguments.get(i));
      }
    }
    return new Options(List.copyOf(words), values);
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  public String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  /**
   * @throws IllegalArgumentException when it is no whole number
   */
  public int number(String name, int otherwise) {
    String text = values.get(name);
    try {
      return text == null ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--" + name + " needs a number, not '" + text + "'");
    }
  }
}
