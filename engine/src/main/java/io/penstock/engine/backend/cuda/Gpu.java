package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.DeviceLostException;
import io.penstock.engine.backend.cuda.driver.CudaDevice;
import io.penstock.engine.backend.cuda.driver.CudaException;
import io.penstock.engine.backend.cuda.driver.CudaModule;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import io.penstock.engine.backend.cuda.driver.CudaTimeoutException;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.Launcher;
import io.penstock.kernels.KernelModule;
import java.util.HexFormat;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * What all parts of the backend share: a device, the stream in which a model's steps happen (or,
 * for a while, that of steps amid them), the loaded kernels and the way to launch them. For one
 * thread at a time.
 */
final class Gpu implements AutoCloseable {
  private static final int WARP = 32;
  private static final int LARGEST_BLOCK = 1024;

  private final CudaDevice device;
  private final CudaModule module;
  private CudaStream stream; // in which work is queued now
  private final ElementType type;
  private final String kernels;
  private final Launcher launcher = new Launcher();
  private final boolean programmatic;
  private final long freeAtOpen;
  private long allocatedBytes;

  private Gpu(CudaDevice device, byte[] fatbin, ElementType type) {
    this.device = device;
    this.type = type;
    this.kernels = checksum(fatbin);
    this.freeAtOpen = device.freeBytes();
    this.module = CudaModule.load(device, fatbin);
    this.stream = CudaStream.create(device);
    this.programmatic = device.computeCapability().atLeast(9, 0);
  }

  /**
   * @throws CudaUnavailableException when there is no GPU, driver or code for it, with the reason
   */
  static Gpu open(int ordinal, ElementType type) {
    KernelModule kernels = KernelModule.load();
    byte[] fatbin =
        kernels
            .fatbin()
            .orElseThrow(
                () ->
                    new CudaUnavailableException(
                        "this build has no GPU kernels (%s)".formatted(kernels.origin())));
    CudaDevice device = CudaDevice.open(ordinal);
    try {
      return new Gpu(device, fatbin, type);
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  private static String checksum(byte[] fatbin) {
    CRC32C sum = new CRC32C();
    sum.update(fatbin);
    return HexFormat.of().toHexDigits((int) sum.getValue());
  }

  /** Tells this build of our kernels from others. */
  String kernels() {
    return kernels;
  }

  CudaDevice device() {
    return device;
  }

  CudaStream stream() {
    return stream;
  }

  /** Queues what {@code work} queues in another stream. */
  void inStream(CudaStream other, Runnable work) {
    CudaStream before = stream;
    stream = other;
    try {
      work.run();
    } finally {
      stream = before;
    }
  }

  ElementType type() {
    return type;
  }

  /** A kernel's name with the element type at its end. */
  String typed(String name) {
    return name + "_" + type.suffix();
  }

  /** A kernel that exists for each element type, by its name without the type. */
  KernelFunction typedKernel(String name) {
    return kernel(typed(name));
  }

  KernelFunction kernel(String symbol) {
    return module.function(symbol);
  }

  KernelFunction kernel(String symbol, int sharedBytes) {
    return module.function(symbol, sharedBytes);
  }

  /**
   * The arguments of the next launch, in the order of KERNELS.md; then {@link #launch} takes them.
   */
  Launcher.Arguments arguments() {
    return launcher.arguments();
  }

  /**
   * Launches with the arguments added since {@link #arguments}. Where the GPU allows it the kernel
   * may begin before the one ahead of it has ended: all our kernels wait by themselves.
   */
  void launch(
      Launcher.Arguments arguments,
      KernelFunction kernel,
      int gridX,
      int gridY,
      int block,
      int sharedBytes) {
    launch(arguments, kernel, gridX, gridY, block, sharedBytes, false);
  }

  /**
   * @param ordered whether the kernel begins only when everything ahead has ended: because what
   *     stands ahead is a copy or a graph, and kernels may read what a copy brings before they wait
   */
  void launch(
      Launcher.Arguments arguments,
      KernelFunction kernel,
      int gridX,
      int gridY,
      int block,
      int sharedBytes,
      boolean ordered) {
    arguments.launch(kernel, stream, gridX, gridY, 1, block, sharedBytes, programmatic && !ordered);
  }

  /** As {@link #launch}, with the grid's blocks in clusters. */
  void launchClusters(
      Launcher.Arguments arguments,
      KernelFunction kernel,
      int blocks,
      int cluster,
      int block,
      int sharedBytes) {
    arguments.launchClusters(kernel, stream, blocks, cluster, block, sharedBytes, programmatic);
  }

  /** A block for rows of {@code columns} elements, eight a thread. */
  static int rowBlock(int columns) {
    return Math.min(LARGEST_BLOCK, Math.ceilDiv(columns / 8, WARP) * WARP);
  }

  /**
   * Runs what calls the GPU, on any thread. A failure that the GPU does not survive becomes a
   * {@link DeviceLostException}, and nothing is asked of it any more.
   */
  <T> T guarded(Supplier<T> work) {
    if (!device.isUsable()) {
      throw new DeviceLostException(device.name() + " is not used any more");
    }
    try {
      device.makeCurrent();
      return work.get();
    } catch (CudaTimeoutException e) {
      throw lost(e);
    } catch (CudaException e) {
      if (e.contextLost()) {
        throw lost(e);
      }
      throw e;
    }
  }

  private DeviceLostException lost(RuntimeException cause) {
    device.abandon();
    return new DeviceLostException(device.name() + ": " + cause.getMessage(), cause);
  }

  void guarded(Runnable work) {
    guarded(
        () -> {
          work.run();
          return null;
        });
  }

  /** Memory of undefined content. */
  DeviceMemory allocate(long bytes) {
    DeviceMemory memory = DeviceMemory.allocate(device, bytes);
    allocatedBytes += bytes;
    return memory;
  }

  DeviceMemory allocateZeroed(long bytes) {
    DeviceMemory memory = allocate(bytes);
    memory.zero(stream);
    return memory;
  }

  /** What this backend has taken: what it allocated, or what the device misses, if that is more. */
  long usedBytes() {
    return Math.max(allocatedBytes, freeAtOpen - device.freeBytes());
  }

  /** Frees everything that was allocated on the device. */
  @Override
  public void close() {
    device.close();
  }
}
