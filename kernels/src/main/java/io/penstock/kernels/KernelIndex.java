package io.penstock.kernels;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the first table of {@code KERNELS.md}: the document that people read is the index that the
 * program uses, so the two cannot differ.
 */
final class KernelIndex {
  private static final Pattern ROW =
      Pattern.compile(
          "^\\| `(\\w+)` \\| `([\\w.]+)` \\| `([^`]*)` \\| ([^|]*) \\| ([^|]*) \\|$",
          Pattern.MULTILINE);

  private KernelIndex() {}

  /**
   * @throws IllegalArgumentException when a symbol is there twice or there is none
   */
  static Map<String, Kernel> parse(String markdown) {
    Map<String, Kernel> kernels = new LinkedHashMap<>();
    Matcher row = ROW.matcher(markdown);
    while (row.find()) {
      Kernel kernel =
          new Kernel(row.group(1), row.group(2), row.group(3), row.group(4), row.group(5));
      if (kernels.put(kernel.symbol(), kernel) != null) {
        throw new IllegalArgumentException("KERNELS.md lists " + kernel.symbol() + " twice");
      }
    }
    if (kernels.isEmpty()) {
      throw new IllegalArgumentException("KERNELS.md has no table of symbols");
    }
    return kernels;
  }
}
