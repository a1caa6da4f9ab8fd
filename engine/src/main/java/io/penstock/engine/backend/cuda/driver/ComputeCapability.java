package io.penstock.engine.backend.cuda.driver;

/** A GPU's generation, such as 9.0. */
public record ComputeCapability(int major, int minor) implements Comparable<ComputeCapability> {
  /** bf16 tensor cores and cp.async begin here. */
  static final ComputeCapability OLDEST = new ComputeCapability(8, 0);

  public boolean atLeast(int otherMajor, int otherMinor) {
    return compareTo(new ComputeCapability(otherMajor, otherMinor)) >= 0;
  }

  @Override
  public int compareTo(ComputeCapability other) {
    return major != other.major
        ? Integer.compare(major, other.major)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
