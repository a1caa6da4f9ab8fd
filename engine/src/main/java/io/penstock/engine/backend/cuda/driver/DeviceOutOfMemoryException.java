package io.penstock.engine.backend.cuda.driver;

/** An allocation that the GPU has no room for. */
public final class DeviceOutOfMemoryException extends CudaException {
  private final long wantedBytes;
  private final long freeBytes;

  DeviceOutOfMemoryException(int code, String errorName, long wantedBytes, long freeBytes) {
    super(
        code,
        errorName,
        "allocating %,d bytes of GPU memory where %,d are free".formatted(wantedBytes, freeBytes));
    this.wantedBytes = wantedBytes;
    this.freeBytes = freeBytes;
  }

  public long wantedBytes() {
    return wantedBytes;
  }

  public long freeBytes() {
    return freeBytes;
  }
}
