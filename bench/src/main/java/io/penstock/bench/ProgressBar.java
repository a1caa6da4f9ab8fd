package io.penstock.bench;

import java.io.PrintStream;

/** One line that is rewritten on a terminal; on anything else a line for each new stage. */
public final class ProgressBar {
  private static final int WIDTH = 30;

  private final PrintStream out;
  private final boolean terminal;
  private String lastStage = "";

  public ProgressBar(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  public void show(double share, String doing) {
    int percent = (int) Math.round(Math.clamp(share, 0, 1) * 100);
    if (terminal) {
      int filled = percent * WIDTH / 100;
      String bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
      out.printf("\r\033[K%s %3d %%  %s", bar, percent, doing);
      out.flush();
    } else if (!doing.equals(lastStage)) {
      out.printf("%3d %%  %s%n", percent, doing);
    }
    lastStage = doing;
  }

  /** A line that stays, where nobody watches a bar. */
  void line(String text) {
    if (!terminal) {
      out.println("       " + text);
    }
  }

  public void clear() {
    if (terminal) {
      out.print("\r\033[K");
      out.flush();
    }
  }
}
