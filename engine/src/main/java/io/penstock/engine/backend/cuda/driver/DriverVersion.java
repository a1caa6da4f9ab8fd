package io.penstock.engine.backend.cuda.driver;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A CUDA version: of the driver's interface, or of the compiler that made a module. */
public record DriverVersion(int major, int minor) implements Comparable<DriverVersion> {
  /** cuLaunchKernelEx is older; graphs that may be captured with it are not. */
  static final DriverVersion OLDEST = new DriverVersion(12, 0);

  private static final Pattern COMPILER = Pattern.compile("nvcc (\\d+)\\.(\\d+)");

  /** Of {@code cuDriverGetVersion}'s number: 1000 major + 10 minor. */
  static DriverVersion of(int number) {
    return new DriverVersion(number / 1000, number % 1000 / 10);
  }

  /**
   * The oldest driver for a module. Code runs on every driver of its compiler's major version
   * (NVIDIA, "CUDA Compatibility", minor version compatibility) and on later ones.
   *
   * @param origin text that names the compiler, such as {@code compiled by nvcc 13.0 for ...}; one
   *     that names none asks for nothing
   */
  static DriverVersion neededBy(String origin) {
    Matcher compiler = COMPILER.matcher(origin);
    DriverVersion needed =
        compiler.find() ? new DriverVersion(Integer.parseInt(compiler.group(1)), 0) : OLDEST;
    return needed.compareTo(OLDEST) > 0 ? needed : OLDEST;
  }

  @Override
  public int compareTo(DriverVersion other) {
    return major != other.major
        ? Integer.compare(major, other.major)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
