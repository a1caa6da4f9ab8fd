package io.penstock.bench.sched;

import java.util.Locale;

/** A picture in the making. */
final class Svg {
  static final int WIDTH = 860;
  static final int HEIGHT = 420;
  static final int LEFT = 70;
  static final int RIGHT = 270; // the legend's
  static final int TOP = 36;
  static final int BOTTOM = 36;
  private static final String[] COLOURS = {
    "#c0392b", "#e59866", "#7d3c98", "#bb8fce", "#b7950b", "#f4d03f", "#1a5276", "#5dade2",
    "#148f77"
  };

  private final StringBuilder out = new StringBuilder();

  Svg(String title) {
    add(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>",
        WIDTH, HEIGHT);
    add("<rect width='%d' height='%d' fill='white'/>", WIDTH, HEIGHT);
    text(LEFT, 20, "start", "black", title);
  }

  static String colour(int i) {
    return COLOURS[i % COLOURS.length];
  }

  static double width() {
    return WIDTH - LEFT - RIGHT;
  }

  static double height() {
    return HEIGHT - TOP - BOTTOM;
  }

  void add(String format, Object... arguments) {
    out.append(String.format(Locale.ROOT, format, arguments));
  }

  void line(double x1, double y1, double x2, double y2) {
    add("<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='#ddd'/>", x1, y1, x2, y2);
  }

  void text(double x, double y, String anchor, String colour, String text) {
    add(
        "<text x='%.1f' y='%.1f' text-anchor='%s' fill='%s'>%s</text>",
        x, y, anchor, colour, text.replace("&", "&amp;").replace("<", "&lt;"));
  }

  void legend(int i, String colour, String label) {
    double y = TOP + 14 + 18.0 * i;
    add(
        "<rect x='%d' y='%.1f' width='12' height='4' fill='%s'/>",
        WIDTH - RIGHT + 12, y - 6, colour);
    text(WIDTH - RIGHT + 30, y, "start", "black", label);
  }

  /** A number on an axis. */
  static String number(double value) {
    return value >= 1e6
        ? String.format(Locale.ROOT, "%.1fM", value / 1e6)
        : value >= 10 || value == 0
            ? String.format(Locale.ROOT, "%,.0f", value)
            : String.format(Locale.ROOT, "%.2g", value)
                .replaceAll("0+$", "")
                .replaceAll("\\.$", "");
  }

  String end() {
    return out + "</svg>";
  }
}
