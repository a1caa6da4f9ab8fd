package io.penstock.bench.sched;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lines over one axis. */
final class Chart {
  private static final int POINTS = 300; // of a line at most

  private final Plots plots;
  private final String name;
  private final String title;
  private final String yLabel;
  private final boolean logarithmic; // x
  private final double yMost; // 0 for what the lines need
  private final List<Line> lines = new ArrayList<>();

  private record Line(String label, double[] x, double[] y) {}

  Chart(Plots plots, String name, String title, String yLabel, boolean logarithmic, double yMost) {
    this.plots = plots;
    this.name = name;
    this.title = title;
    this.yLabel = yLabel;
    this.logarithmic = logarithmic;
    this.yMost = yMost;
  }

  /** The share of values below each value; the last hundredth is drawn as finely as the rest. */
  void distribution(String label, double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int points = Math.min(POINTS, sorted.length);
    double[] x = new double[points];
    double[] y = new double[points];
    for (int i = 0; i < points; i++) {
      y[i] = (i + 1.0) / points;
      x[i] = sorted[Math.max(0, (int) Math.ceil(y[i] * sorted.length) - 1)];
    }
    lines.add(new Line(label, x, y));
  }

  /** Points in order of x; of many, the highest of each stretch. */
  void line(String label, double[] x, double[] y) {
    int stretch = Math.max(1, Math.ceilDiv(x.length, POINTS));
    int points = Math.ceilDiv(x.length, stretch);
    double[] fewX = new double[points];
    double[] fewY = new double[points];
    for (int i = 0; i < points; i++) {
      int last = Math.min(x.length, (i + 1) * stretch);
      fewX[i] = x[i * stretch];
      fewY[i] = Arrays.stream(y, i * stretch, last).max().orElse(0);
    }
    lines.add(new Line(label, fewX, fewY));
  }

  void write() {
    plots.write(name, svg());
  }

  String svg() {
    double least = lines.stream().flatMapToDouble(l -> Arrays.stream(l.x)).min().orElse(0);
    double most = lines.stream().flatMapToDouble(l -> Arrays.stream(l.x)).max().orElse(1);
    double low = logarithmic ? Math.floor(log(least)) : Math.min(0, least);
    double high = logarithmic ? Math.max(low + 1, Math.ceil(log(most))) : Math.max(most, low + 1);
    double top =
        yMost > 0
            ? yMost
            : nice(lines.stream().flatMapToDouble(l -> Arrays.stream(l.y)).max().orElse(1));
    Svg svg = new Svg(title);
    double ticks = logarithmic ? high - low : 5;
    for (int i = 0; i <= ticks; i++) {
      double at = low + (high - low) * i / ticks;
      double x = Svg.LEFT + Svg.width() * i / ticks;
      svg.line(x, Svg.TOP, x, Svg.TOP + Svg.height());
      svg.text(
          x,
          Svg.HEIGHT - Svg.BOTTOM + 16.0,
          "middle",
          "#555",
          Svg.number(logarithmic ? Math.pow(10, at) : at));
    }
    for (int i = 0; i <= 4; i++) {
      double y = Svg.TOP + Svg.height() * (1 - i / 4.0);
      svg.line(Svg.LEFT, y, Svg.LEFT + Svg.width(), y);
      svg.text(Svg.LEFT - 6.0, y + 4, "end", "#555", Svg.number(top * i / 4));
    }
    svg.text(4, Svg.TOP - 6.0, "start", "#555", yLabel);
    for (int i = 0; i < lines.size(); i++) {
      String colour = Svg.colour(lines.size() <= 4 ? 2 * i : i); // neighbours are pairs
      StringBuilder points = new StringBuilder();
      Line line = lines.get(i);
      for (int p = 0; p < line.x.length; p++) {
        double share = ((logarithmic ? log(line.x[p]) : line.x[p]) - low) / (high - low);
        points.append(
            "%.1f,%.1f "
                .formatted(
                    Svg.LEFT + share * Svg.width(),
                    Svg.TOP + Svg.height() * (1 - Math.min(1, line.y[p] / top))));
      }
      svg.add(
          "<polyline fill='none' stroke='%s' stroke-width='1.8' points='%s'/>",
          Svg.colour(i), points.toString().trim());
      svg.legend(i, colour, line.label);
    }
    return svg.end();
  }

  private static double log(double value) {
    return Math.log10(Math.max(value, 1e-3));
  }

  /** The next of a few multiples of a power of ten. */
  private static double nice(double most) {
    double power = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1e-9))));
    for (double step : new double[] {1, 1.2, 1.6, 2, 3, 4, 6, 8}) {
      if (most <= step * power) {
        return step * power;
      }
    }
    return 10 * power;
  }
}
