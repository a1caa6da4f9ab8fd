package io.penstock.bench.gpu;

import io.penstock.engine.backend.cuda.blas.CublasLt;
import io.penstock.engine.backend.cuda.blas.Gemm;
import io.penstock.engine.backend.cuda.blas.GemmType;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaDevice;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import io.penstock.engine.boot.EngineOptions.BackendChoice;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What this GPU reaches on the simplest programs, measured in the same run as all else.
 *
 * @param copyBytesPerSecond device-to-device copy, bytes read plus bytes written
 * @param gemmFlopsPerSecond bf16 product of two 8192 x 8192 matrices, random data
 */
record Ceilings(double copyBytesPerSecond, double gemmFlopsPerSecond) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long COPY_BYTES = 1L << 30; // twenty times the L2 cache
  private static final int SIZE = 8192;
  private static final int ROUNDS = 15;

  /**
   * The GPU in words.
   *
   * @throws IllegalStateException when there is none to measure, with the reason
   */
  static String requireGpu() {
    try (CudaDevice device = CudaDevice.open(0)) {
      return device.toString();
    } catch (CudaUnavailableException e) {
      throw new IllegalStateException(
          "there is no GPU to measure: %s (--backend cpu --model tiny tries the benchmark itself)"
              .formatted(e.getMessage()));
    }
  }

  /** Zero for a device that is no GPU. */
  static Ceilings measure(GpuSettings settings) {
    if (settings.backend() != BackendChoice.CUDA) {
      return new Ceilings(0, 0);
    }
    try (CudaDevice device = CudaDevice.open(0);
        CudaStream stream = CudaStream.create(device)) {
      return new Ceilings(copy(device, stream), gemm(device, stream));
    }
  }

  private static double copy(CudaDevice device, CudaStream stream) {
    try (DeviceMemory from = DeviceMemory.allocate(device, COPY_BYTES);
        DeviceMemory to = DeviceMemory.allocate(device, COPY_BYTES)) {
      fill(from, stream);
      double seconds =
          seconds(
              device,
              stream,
              () -> Copies.deviceToDevice(to.address(), from.address(), COPY_BYTES, stream));
      return 2 * COPY_BYTES / seconds;
    }
  }

  private static double gemm(CudaDevice device, CudaStream stream) {
    long bytes = (long) SIZE * SIZE * Short.BYTES;
    try (CublasLt blas = CublasLt.open(device);
        DeviceMemory w = DeviceMemory.allocate(device, bytes);
        DeviceMemory x = DeviceMemory.allocate(device, bytes);
        DeviceMemory out = DeviceMemory.allocate(device, bytes)) {
      fill(w, stream);
      fill(x, stream);
      Gemm gemm = blas.gemm(SIZE, SIZE, SIZE, GemmType.BF16, false);
      gemm.tune(
          new long[] {w.address()}, x.address(), out.address(), 0, stream, Duration.ofSeconds(1));
      double seconds =
          seconds(
              device, stream, () -> gemm.run(w.address(), x.address(), out.address(), 0, stream));
      return 2.0 * SIZE * SIZE * SIZE / seconds;
    }
  }

  /** Random bf16 numbers between -2 and 2: zeros would run faster than anything real. */
  private static void fill(DeviceMemory memory, CudaStream stream) {
    int bytes = (int) Math.min(memory.bytes(), 16 << 20);
    try (PinnedMemory host = PinnedMemory.allocate(bytes)) {
      SplittableRandom random = new SplittableRandom(memory.address());
      for (long i = 0; i < bytes / Short.BYTES; i++) {
        int bits = Float.floatToRawIntBits((float) random.nextDouble(-2, 2)) >>> 16;
        host.segment().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) bits);
      }
      for (long at = 0; at < memory.bytes(); at += bytes) {
        long part = Math.min(bytes, memory.bytes() - at);
        Copies.hostToDevice(memory.address() + at, host, 0, part, stream);
      }
      stream.synchronize();
    }
  }

  /** Median time of a piece of work, by events, after a warm-up. */
  private static double seconds(CudaDevice device, CudaStream stream, Runnable work) {
    double[] millis = new double[ROUNDS];
    try (CudaEvent start = CudaEvent.create(device);
        CudaEvent end = CudaEvent.create(device)) {
      for (int i = -3; i < ROUNDS; i++) {
        start.record(stream);
        work.run();
        end.record(stream);
        end.synchronize(PATIENCE);
        millis[Math.max(i, 0)] = end.elapsedMillis(start);
      }
    }
    Arrays.sort(millis);
    return millis[ROUNDS / 2] / 1e3;
  }
}
