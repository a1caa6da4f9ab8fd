package io.penstock.bench.sched;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Curves as SVG files in a folder; with no folder, nothing is drawn. */
final class Plots {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 420;
  private static final int LEFT = 60;
  private static final int RIGHT = 220;
  private static final int TOP = 20;
  private static final int BOTTOM = 50;
  private static final String[] COLOURS = {
    "#c0392b", "#e59866", "#7d3c98", "#bb8fce", "#b7950b", "#f4d03f", "#1a5276", "#5dade2"
  };

  private final Path folder; // or null

  Plots(Path folder) {
    this.folder = folder;
  }

  Lines lines(String name, String xLabel, String yLabel) {
    return new Lines(name, xLabel, yLabel);
  }

  /** One picture; x is logarithmic. */
  final class Lines {
    private final String name;
    private final String xLabel;
    private final String yLabel;
    private final List<String> labels = new ArrayList<>();
    private final List<double[]> xs = new ArrayList<>();
    private final List<double[]> ys = new ArrayList<>();

    private Lines(String name, String xLabel, String yLabel) {
      this.name = name;
      this.xLabel = xLabel;
      this.yLabel = yLabel;
    }

    /** The share of values below each value. */
    void distribution(String label, double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int points = Math.min(200, sorted.length);
      double[] x = new double[points];
      double[] y = new double[points];
      for (int i = 0; i < points; i++) {
        y[i] = (i + 1.0) / points;
        x[i] = sorted[Math.max(0, (int) Math.ceil(y[i] * sorted.length) - 1)];
      }
      labels.add(label);
      xs.add(x);
      ys.add(y);
    }

    void write() {
      if (folder == null) {
        return;
      }
      try {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(name + ".svg"), svg());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String svg() {
      double least = xs.stream().flatMapToDouble(Arrays::stream).min().orElse(1);
      double most = xs.stream().flatMapToDouble(Arrays::stream).max().orElse(10);
      double low = Math.floor(Math.log10(Math.max(least, 1e-3)));
      double high = Math.max(low + 1, Math.ceil(Math.log10(most)));
      StringBuilder out = new StringBuilder();
      add(
          out,
          "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>",
          WIDTH,
          HEIGHT);
      add(out, "<rect width='%d' height='%d' fill='white'/>", WIDTH, HEIGHT);
      for (double decade = low; decade <= high; decade++) {
        double x = x(Math.pow(10, decade), low, high);
        add(
            out,
            "<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' stroke='#ddd'/><text x='%.1f' y='%d' text-anchor='middle'>%s</text>",
            x,
            TOP,
            x,
            HEIGHT - BOTTOM,
            x,
            HEIGHT - BOTTOM + 16,
            String.format(Locale.ROOT, "%,.0f", Math.pow(10, decade)));
      }
      for (int i = 0; i <= 4; i++) {
        double y = y(i / 4.0);
        add(
            out,
            "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='#ddd'/><text x='%d' y='%.1f' text-anchor='end'>%.2f</text>",
            LEFT,
            y,
            WIDTH - RIGHT,
            y,
            LEFT - 6,
            y + 4,
            i / 4.0);
      }
      for (int i = 0; i < labels.size(); i++) {
        String colour = COLOURS[i % COLOURS.length];
        StringBuilder points = new StringBuilder();
        for (int p = 0; p < xs.get(i).length; p++) {
          add(points, "%.1f,%.1f ", x(xs.get(i)[p], low, high), y(ys.get(i)[p]));
        }
        add(
            out,
            "<polyline fill='none' stroke='%s' stroke-width='1.8' points='%s'/><text x='%d' y='%d' fill='%s'>%s</text>",
            colour,
            points.toString().trim(),
            WIDTH - RIGHT + 10,
            TOP + 14 + 18 * i,
            colour,
            labels.get(i));
      }
      add(
          out,
          "<text x='%d' y='%d'>%s</text><text x='%d' y='%d'>%s</text></svg>",
          LEFT,
          HEIGHT - 12,
          xLabel,
          4,
          TOP - 6,
          yLabel);
      return out.toString();
    }

    private double x(double value, double low, double high) {
      double share = (Math.log10(Math.max(value, 1e-3)) - low) / (high - low);
      return LEFT + share * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double share) {
      return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    private static void add(StringBuilder out, String format, Object... arguments) {
      out.append(String.format(Locale.ROOT, format, arguments));
    }
  }
}
