package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Copies the same rows of every plane of an array between the device and pinned host memory, in one
 * call ({@code CUDA_MEMCPY3D} of cuda.h): by the GPU's copy engine, so that no multiprocessor is
 * busy with it. For one thread.
 */
public final class StridedCopy {
  static final long SOURCE = 0;
  static final long DESTINATION = 88;
  static final long MEMORY_TYPE = 32;
  static final long HOST_ADDRESS = 40;
  static final long DEVICE_ADDRESS = 48;
  static final long PITCH = 72;
  static final long HEIGHT = 80;
  static final long WIDTH = 176;
  static final long ROWS = 184;
  static final long PLANES = 192;
  static final long BYTES = 200;
  static final int HOST = 1;
  static final int DEVICE = 2;

  private final MemorySegment parameters = Arena.ofAuto().allocate(BYTES, 8); // copied by the call

  /**
   * @param address of the first row
   * @param planeRows rows from one plane to the next
   */
  public record Place(long address, long planeRows) {}

  /**
   * @param rowBytes bytes of a row, which is also the distance of two
   * @param rows of a plane that are copied
   * @param planes how many
   */
  public void deviceToHost(
      Place host, Place device, long rowBytes, long rows, long planes, CudaStream stream) {
    fill(SOURCE, DEVICE, device, rowBytes);
    fill(DESTINATION, HOST, host, rowBytes);
    enqueue(rowBytes, rows, planes, stream);
  }

  /** As {@link #deviceToHost}, the other way. */
  public void hostToDevice(
      Place device, Place host, long rowBytes, long rows, long planes, CudaStream stream) {
    fill(SOURCE, HOST, host, rowBytes);
    fill(DESTINATION, DEVICE, device, rowBytes);
    enqueue(rowBytes, rows, planes, stream);
  }

  private void fill(long side, int memoryType, Place place, long rowBytes) {
    parameters.set(JAVA_INT, side + MEMORY_TYPE, memoryType);
    parameters.set(JAVA_LONG, side + HOST_ADDRESS, memoryType == HOST ? place.address : 0);
    parameters.set(JAVA_LONG, side + DEVICE_ADDRESS, memoryType == DEVICE ? place.address : 0);
    parameters.set(JAVA_LONG, side + PITCH, rowBytes);
    parameters.set(JAVA_LONG, side + HEIGHT, place.planeRows);
  }

  private void enqueue(long rowBytes, long rows, long planes, CudaStream stream) {
    parameters.set(JAVA_LONG, WIDTH, rowBytes);
    parameters.set(JAVA_LONG, ROWS, rows);
    parameters.set(JAVA_LONG, PLANES, planes);
    Status.check(HotCalls.copyStrided(parameters.address(), stream.handle()), "cuMemcpy3DAsync");
  }
}
