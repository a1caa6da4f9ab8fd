package io.penstock.engine.backend.cuda.driver;

import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * One thread of an upload: it fills one of its two staging buffers while the GPU still fetches the
 * other. Only this thread uses its buffers, so nothing is shared but the queue of chunks.
 */
final class UploadWorker {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CudaDevice device;
  private final CudaStream stream;
  private final PinnedMemory staging;
  private final long[] offsets;
  private final MemorySegment[] buffers;
  private final CudaEvent[] fetched;
  private final RowConversion conversion = new RowConversion();
  private int next;

  /**
   * @param offset of this worker's buffers in {@code staging}, which are {@code bytes} each
   */
  UploadWorker(
      CudaDevice device, CudaStream stream, PinnedMemory staging, long offset, long bytes) {
    this.device = device;
    this.stream = stream;
    this.staging = staging;
    offsets = new long[] {offset, offset + bytes};
    buffers =
        new MemorySegment[] {
          staging.segment().asSlice(offset, bytes), staging.segment().asSlice(offset + bytes, bytes)
        };
    fetched = new CudaEvent[] {CudaEvent.createUntimed(device), CudaEvent.createUntimed(device)};
  }

  void upload(UploadChunk chunk) {
    device.makeCurrent();
    int buffer = next;
    next ^= 1;
    fetched[buffer].synchronize(PATIENCE);
    TensorView tensor = chunk.tensor();
    long rowBytes = tensor.bytesPerRow();
    PageCache.prefetch(tensor.data().asSlice(chunk.firstRow() * rowBytes, chunk.rows() * rowBytes));
    conversion.convert(
        tensor, chunk.firstRow(), chunk.rows(), chunk.type(), chunk.columns(), buffers[buffer]);
    Copies.hostToDevice(chunk.destination(), staging, offsets[buffer], chunk.bytes(), stream);
    fetched[buffer].record(stream);
  }

  void close() {
    fetched[0].close();
    fetched[1].close();
  }
}
