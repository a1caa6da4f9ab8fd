package io.penstock.kernels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the first table of {@code KERNELS.md}: the document that people read is the index that the
 * program uses, so the two cannot differ. A row may document a family: {@code {a,b}} in its symbol
 * stands for one symbol with each.
 */
final class KernelIndex {
  private static final Pattern ROW =
      Pattern.compile(
          "^\\| `([\\w{},]+)` \\| `([\\w.]+)` \\| `([^`]*)` \\| ([^|]*) \\| ([^|]*) \\|$",
          Pattern.MULTILINE);

  private static final Pattern CHOICE = Pattern.compile("\\{([^}]*)}");

  private KernelIndex() {}

  /**
   * @throws IllegalArgumentException when a symbol is there twice or there is none
   */
  static Map<String, Kernel> parse(String markdown) {
    Map<String, Kernel> kernels = new LinkedHashMap<>();
    Matcher row = ROW.matcher(markdown);
    while (row.find()) {
      for (String symbol : expand(row.group(1))) {
        Kernel kernel = new Kernel(symbol, row.group(2), row.group(3), row.group(4), row.group(5));
        if (kernels.put(symbol, kernel) != null) {
          throw new IllegalArgumentException("KERNELS.md lists " + symbol + " twice");
        }
      }
    }
    if (kernels.isEmpty()) {
      throw new IllegalArgumentException("KERNELS.md has no table of symbols");
    }
    return kernels;
  }

  /** {@code x_{a,b}_{c,d}} to the four names it stands for, in order. */
  private static List<String> expand(String family) {
    Matcher choice = CHOICE.matcher(family);
    if (!choice.find()) {
      return List.of(family);
    }
    List<String> names = new ArrayList<>();
    for (String option : choice.group(1).split(",", -1)) {
      names.addAll(expand(choice.replaceFirst(option)));
    }
    return names;
  }
}
