package io.penstock.bench.sched;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Charts as SVG files in a folder; with no folder, nothing is drawn. */
final class Plots {
  private final Path folder; // or null

  Plots(Path folder) {
    this.folder = folder;
  }

  /** Shares of values below each value; x is logarithmic. */
  Chart distributions(String name, String title) {
    return new Chart(this, name, title, "share", true, 1);
  }

  /** Values over seconds. */
  Chart overTime(String name, String title, String yLabel) {
    return new Chart(this, name, title, yLabel, false, 0);
  }

  /** Bars from 0 to 1, say. */
  BarChart bars(String name, String title) {
    return new BarChart(this, name, title);
  }

  void write(String name, String svg) {
    if (folder == null) {
      return;
    }
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(name + ".svg"), svg);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
