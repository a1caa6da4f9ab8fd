package io.penstock.bench.sched;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Values from 0 to 1 in groups, one colour for each label. */
final class BarChart {
  private final Plots plots;
  private final String name;
  private final String title;
  private final Map<String, Map<String, Double>> groups = new LinkedHashMap<>();

  BarChart(Plots plots, String name, String title) {
    this.plots = plots;
    this.name = name;
    this.title = title;
  }

  void bar(String group, String label, double value) {
    groups.computeIfAbsent(group, _ -> new LinkedHashMap<>()).put(label, value);
  }

  void write() {
    plots.write(name, svg());
  }

  String svg() {
    Svg svg = new Svg(title);
    for (int i = 0; i <= 4; i++) {
      double y = Svg.TOP + Svg.height() * (1 - i / 4.0);
      svg.line(Svg.LEFT, y, Svg.LEFT + Svg.width(), y);
      svg.text(Svg.LEFT - 6.0, y + 4, "end", "#555", Svg.number(i / 4.0));
    }
    double groupWidth = Svg.width() / Math.max(1, groups.size());
    int g = 0;
    for (Map.Entry<String, Map<String, Double>> group : groups.entrySet()) {
      double width = groupWidth * 0.8 / group.getValue().size();
      double x = Svg.LEFT + groupWidth * (g + 0.1);
      svg.text(
          Svg.LEFT + groupWidth * (g + 0.5),
          Svg.HEIGHT - Svg.BOTTOM + 16.0,
          "middle",
          "#555",
          group.getKey());
      int i = 0;
      for (Map.Entry<String, Double> bar : group.getValue().entrySet()) {
        double height = Svg.height() * Math.clamp(bar.getValue(), 0, 1);
        double top = Svg.TOP + Svg.height() - height;
        svg.add(
            "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='%s'/>",
            x, top, width * 0.9, height, Svg.colour(2 * i));
        svg.text(
            x + width * 0.45,
            top - 3,
            "middle",
            "#555",
            String.format(Locale.ROOT, "%.2f", bar.getValue()));
        if (g == 0) {
          svg.legend(i, Svg.colour(2 * i), bar.getKey());
        }
        x += width;
        i++;
      }
      g++;
    }
    return svg.end();
  }
}
