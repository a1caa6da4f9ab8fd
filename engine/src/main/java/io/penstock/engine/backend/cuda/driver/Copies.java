package io.penstock.engine.backend.cuda.driver;

import java.util.Objects;

/** Queues copies and fills; addresses are the GPU's. */
public final class Copies {
  private Copies() {}

  /** The source must not change until the copy is done. */
  public static void hostToDevice(
      long destination, PinnedMemory source, long sourceOffset, long bytes, CudaStream stream) {
    Objects.checkFromIndexSize(sourceOffset, bytes, source.bytes());
    Status.check(
        HotCalls.hostToDevice(destination, source.address() + sourceOffset, bytes, stream.handle()),
        "cuMemcpyHtoDAsync");
  }

  /** The destination is not to be read before the copy is done. */
  public static void deviceToHost(
      PinnedMemory destination,
      long destinationOffset,
      long source,
      long bytes,
      CudaStream stream) {
    Objects.checkFromIndexSize(destinationOffset, bytes, destination.bytes());
    Status.check(
        HotCalls.deviceToHost(
            destination.address() + destinationOffset, source, bytes, stream.handle()),
        "cuMemcpyDtoHAsync");
  }

  public static void deviceToDevice(long destination, long source, long bytes, CudaStream stream) {
    Status.check(
        HotCalls.deviceToDevice(destination, source, bytes, stream.handle()), "cuMemcpyDtoDAsync");
  }

  public static void memset(long destination, byte value, long bytes, CudaStream stream) {
    Status.check(HotCalls.fillBytes(destination, value, bytes, stream.handle()), "cuMemsetD8Async");
  }

  /**
   * @param destination a multiple of 4
   * @param count of 4-byte values
   */
  public static void memset(long destination, int value, long count, CudaStream stream) {
    Status.check(HotCalls.fillInts(destination, value, count, stream.handle()), "cuMemsetD32Async");
  }
}
