package io.penstock.bench.cpu;

import io.penstock.bench.Numbers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Figures of several rounds, by item, in the order in which items first came. */
final class Samples {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();

  void add(String item, double value) {
    values.computeIfAbsent(item, _ -> new ArrayList<>()).add(value);
  }

  Set<String> items() {
    return values.keySet();
  }

  double median(String item) {
    return Numbers.median(all(item));
  }

  /** This one's figure over the other's, round by round. */
  double[] ratios(String item, Samples other) {
    double[] mine = all(item);
    double[] theirs = other.all(item);
    double[] ratios = new double[Math.min(mine.length, theirs.length)];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = mine[i] / theirs[i];
    }
    return ratios;
  }

  private double[] all(String item) {
    return values.get(item).stream().mapToDouble(Double::doubleValue).toArray();
  }
}
