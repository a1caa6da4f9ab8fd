package io.penstock.engine.backend.cuda;

import static io.penstock.engine.backend.cuda.GpuCheck.failure;
import static io.penstock.engine.backend.cuda.GpuCheck.require;
import static io.penstock.engine.backend.cuda.GpuCheck.text;

import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.HalfType;
import io.penstock.engine.backend.cuda.driver.UploadFixture;
import io.penstock.engine.backend.cuda.driver.WeightUpload;
import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Weights of every stored type, and the speed from the page cache. */
final class UploadChecks {
  private final GpuFixture gpu;
  private final long fileBytes;

  /**
   * @param fileBytes of the file whose upload is timed; 0 times nothing
   */
  UploadChecks(GpuFixture gpu, long fileBytes) {
    this.gpu = gpu;
    this.fileBytes = fileBytes;
  }

  List<GpuCheck> all() {
    List<GpuCheck> checks = new ArrayList<>();
    checks.add(new GpuCheck("every stored type arrives as wanted, padded", this::conversions));
    checks.add(new GpuCheck("stacked tensors lie one behind the other", this::stacked));
    checks.add(new GpuCheck("a row that no buffer takes is refused", this::tooLarge));
    if (fileBytes > 0) {
      checks.add(new GpuCheck("a mapped file is uploaded fast", this::speed));
    }
    return checks;
  }

  private String conversions() {
    Random random = new Random(3);
    int tensors = 0;
    try (WeightUpload upload = WeightUpload.open(gpu.device, 4)) {
      for (DType dtype : DType.values()) {
        for (HalfType type : HalfType.values()) {
          // 5,000 rows of 1,032: more than two staging buffers
          TensorView tensor =
              UploadFixture.tensor(dtype, dtype == DType.BF16 ? 5000 : 33, 1024, random);
          int columns = 1032;
          try (DeviceMemory memory =
              gpu.allocate((long) tensor.rows() * columns * HalfType.BYTES)) {
            gpu.poison(memory);
            gpu.stream.synchronize();
            upload.add(tensor, type, memory.address(), columns);
            upload.finish();
            require(
                Arrays.equals(
                    gpu.shorts(memory, tensor.rows() * columns),
                    UploadFixture.expected(tensor, type, columns)),
                "%s to %s differs",
                dtype,
                type);
            tensors++;
          }
        }
      }
    }
    return tensors + " conversions";
  }

  private String stacked() {
    Random random = new Random(5);
    List<TensorView> parts =
        List.of(
            UploadFixture.tensor(DType.BF16, 48, 256, random),
            UploadFixture.tensor(DType.Q8_0, 16, 256, random),
            UploadFixture.tensor(DType.F32, 1, 256, random));
    try (WeightUpload upload = WeightUpload.open(gpu.device);
        DeviceMemory memory = gpu.allocate(65L * 256 * HalfType.BYTES)) {
      gpu.poison(memory);
      gpu.stream.synchronize();
      short[] expected = new short[65 * 256];
      int row = 0;
      for (TensorView part : parts) {
        upload.add(part, HalfType.BF16, memory.address() + row * 256L * HalfType.BYTES);
        short[] values = UploadFixture.expected(part, HalfType.BF16, 256);
        System.arraycopy(values, 0, expected, row * 256, values.length);
        row += part.rows();
      }
      upload.finish();
      require(Arrays.equals(gpu.shorts(memory, 65 * 256), expected), "a part differs");
      return "";
    }
  }

  private String tooLarge() {
    TensorView tensor =
        new TensorView(
            "huge", DType.BF16, 1, 4 << 20, Arena.ofAuto().allocate(8L << 20, 64).asReadOnly());
    try (WeightUpload upload = WeightUpload.open(gpu.device, 1);
        DeviceMemory memory = gpu.allocate(8 << 20)) {
      return failure(
              IllegalArgumentException.class,
              () -> upload.add(tensor, HalfType.BF16, memory.address()))
          .getMessage();
    }
  }

  private String speed() throws IOException {
    Path file = Files.createTempFile("penstock-weights-", ".bin");
    StringBuilder found = new StringBuilder();
    try (DeviceMemory memory = gpu.allocate(fileBytes)) {
      write(file);
      for (int threads : new int[] {16, 8, 4, 16}) {
        try (Arena mapping = Arena.ofShared();
            FileChannel channel = FileChannel.open(file)) {
          MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, 0, fileBytes, mapping);
          int rows = Math.toIntExact(fileBytes / 8192);
          TensorView tensor = new TensorView("file", DType.BF16, rows, 4096, data);
          long begin = System.nanoTime();
          try (WeightUpload upload = WeightUpload.open(gpu.device, threads)) {
            long opened = System.nanoTime();
            upload.add(tensor, HalfType.BF16, memory.address());
            upload.finish();
            long end = System.nanoTime();
            found.append(
                text(
                    "%n      %2d threads: %.1f GB in %.2f s, %.1f GB/s (and %.0f ms to begin)",
                    threads,
                    fileBytes / 1e9,
                    (end - opened) / 1e9,
                    fileBytes / (double) (end - opened),
                    (opened - begin) / 1e6));
          }
        }
      }
    } finally {
      Files.delete(file);
    }
    return found.toString();
  }

  private void write(Path file) throws IOException {
    byte[] block = new byte[16 << 20];
    new Random(1).nextBytes(block);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long at = 0; at < fileBytes; at += block.length) {
        ByteBuffer bytes = ByteBuffer.wrap(block);
        bytes.limit((int) Math.min(block.length, fileBytes - at));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      channel.force(true); // writing it back would disturb the clock
    }
  }
}
