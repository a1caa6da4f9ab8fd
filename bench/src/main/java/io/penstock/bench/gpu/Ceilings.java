package io.penstock.bench.gpu;

/**
 * What this GPU reaches on the simplest programs, measured in the same run as all else.
 *
 * @param copyBytesPerSecond device-to-device copy, bytes read plus bytes written
 * @param gemmFlopsPerSecond bf16 product of two 8192 x 8192 matrices
 */
record Ceilings(double copyBytesPerSecond, double gemmFlopsPerSecond) {

  static String requireGpu() {
    throw new IllegalStateException("this build has no CUDA engine");
  }

  static Ceilings measure(GpuSettings settings) {
    return new Ceilings(0, 0);
  }
}
