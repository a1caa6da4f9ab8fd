package io.penstock.bench;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where this checkout is: benchmarks run its packaged server and its bundled model. */
public final class Installation {
  private static final String MODEL = "models/SmolLM2-135M-Instruct.Q4_1.gguf";

  private Installation() {}

  /** The root: {@code PENSTOCK_HOME} as the launcher sets it, else the nearest one upwards. */
  public static Path root() {
    String home = System.getenv("PENSTOCK_HOME");
    if (home != null && !home.isBlank()) {
      return Path.of(home).toAbsolutePath();
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(MODEL))) {
        return at;
      }
    }
    throw new IllegalStateException("run it as ./penstock bench, or set PENSTOCK_HOME");
  }

  public static Path bundledModel() {
    return root().resolve(MODEL);
  }

  public static Path launcher() {
    return root().resolve("penstock");
  }
}
