package io.penstock.engine.hub;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows a download: on a terminal a bar that is redrawn in place, elsewhere a line at the start, at
 * every tenth and at the end of each file.
 */
final class ProgressPrinter implements HubProgress {
  private static final int BAR_CELLS = 30;
  private static final long REDRAW_NANOS = 100_000_000;
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

  private final PrintStream out;
  private final boolean terminal;
  private String file = "";
  private long startBytes;
  private long startNanos;
  private long drawnNanos;
  private int tenth;
  private boolean lineOpen;

  ProgressPrinter(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void at(String name, long done, long total) {
    long now = System.nanoTime();
    boolean fresh = !name.equals(file);
    if (fresh) {
      end();
      file = name;
      startBytes = done;
      startNanos = now;
      tenth = -1;
    }
    if (terminal) {
      if (fresh || done == total || now - drawnNanos >= REDRAW_NANOS) {
        drawnNanos = now;
        drawBar(done, total, now);
      }
    } else {
      printLine(done, total);
    }
  }

  /** Leaves the line of a bar. */
  void end() {
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
  }

  private void drawBar(long done, long total, long now) {
    int filled = total > 0 ? (int) (done * BAR_CELLS / total) : 0;
    double seconds = (now - startNanos) / 1e9;
    String rate = seconds > 0.2 ? human((long) ((done - startBytes) / seconds)) + "/s" : "";
    out.printf(
        "\r\033[K%s [%s%s] %s %s",
        file, "#".repeat(filled), ".".repeat(BAR_CELLS - filled), amount(done, total), rate);
    out.flush();
    lineOpen = true;
  }

  private void printLine(long done, long total) {
    int reached = total > 0 ? (int) (done * 10 / total) : 0;
    if (reached > tenth) {
      tenth = reached;
      out.printf("%s %s%n", file, amount(done, total));
    }
  }

  private static String amount(long done, long total) {
    return total < 0
        ? human(done)
        : "%3d%% of %s".formatted(total == 0 ? 100 : done * 100 / total, human(total));
  }

  private static String human(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
  }
}
