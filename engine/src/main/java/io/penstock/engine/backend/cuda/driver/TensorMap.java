package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.List;

/**
 * Describes an array of 2-byte elements to the copy engine (TMA) of Hopper and later GPUs: {@code
 * cuTensorMapEncodeTiled} of cuda.h.
 *
 * <p>A kernel copies boxes of it to shared memory and back. A row of a box there is as long as the
 * swizzle, which orders its 16-byte pieces as the matrix units read them. What a box has outside of
 * the array comes as zeros and is not written. The map holds the array's address and sizes, so it
 * is valid as long as the buffer lives, whatever is written there. A kernel reads it from device
 * memory, at a multiple of {@value #ALIGNMENT}.
 *
 * @param address of the first element on the GPU, a multiple of 16
 * @param sizes of the dimensions in elements, the innermost first
 * @param strides bytes from one element to the next in all dimensions but the innermost, multiples
 *     of 16
 * @param box sizes of a box, at most 256 each
 * @param swizzle order of a box's rows in shared memory
 * @param promotion how much around what is wanted comes into L2
 */
public record TensorMap(
    long address,
    List<Long> sizes,
    List<Long> strides,
    List<Integer> box,
    Swizzle swizzle,
    Promotion promotion) {
  public static final int BYTES = 128;
  public static final int ALIGNMENT = 64;

  /** Elements in a row of a box with the widest swizzle. */
  public static final int BOX_COLUMNS = 64;

  /** How the 16-byte pieces of a row of a box are exchanged: the row has as many bytes. */
  public enum Swizzle {
    BYTES_64(64, 2),
    BYTES_128(128, 3);

    private final int rowBytes;
    private final int code; // CUtensorMapSwizzle

    Swizzle(int rowBytes, int code) {
      this.rowBytes = rowBytes;
      this.code = code;
    }
  }

  /** Bytes that come from memory to L2 at a time. */
  public enum Promotion {
    BYTES_128(2),
    BYTES_256(3);

    private final int code; // CUtensorMapL2promotion

    Promotion(int code) {
      this.code = code;
    }
  }

  // Values of cuda.h: CUtensorMapDataType, CUtensorMapInterleave and CUtensorMapFloatOOBfill.
  private static final int UINT16 = 1;
  private static final int NOT_INTERLEAVED = 0;
  private static final int FILL_WITH_ZEROS = 0;

  private static final int ELEMENT_BYTES = 2;
  private static final int MOST_DIMENSIONS = 5;
  private static final long LONGEST_DIMENSION = 1L << 32;
  private static final long LONGEST_STRIDE = 1L << 40;
  private static final int LONGEST_BOX = 256;

  public TensorMap {
    int dimensions = sizes.size();
    if (dimensions < 2
        || dimensions > MOST_DIMENSIONS
        || strides.size() != dimensions - 1
        || box.size() != dimensions) {
      throw new IllegalArgumentException(
          "sizes %s, strides %s and box %s do not fit".formatted(sizes, strides, box));
    }
    sizes = List.copyOf(sizes);
    strides = List.copyOf(strides);
    box = List.copyOf(box);
    require(address > 0 && address % 16 == 0, "address", address);
    for (long size : sizes) {
      require(size > 0 && size <= LONGEST_DIMENSION, "dimension", size);
    }
    long rowBytes = ELEMENT_BYTES * sizes.getFirst();
    for (long stride : strides) {
      require(stride % 16 == 0 && stride > 0 && stride < LONGEST_STRIDE, "stride", stride);
    }
    require(strides.getFirst() >= rowBytes, "stride", strides.getFirst());
    for (int length : box) {
      require(length > 0 && length <= LONGEST_BOX, "box", length);
    }
    require(ELEMENT_BYTES * box.getFirst() <= swizzle.rowBytes, "row of a box", box.getFirst());
  }

  /**
   * Rows in boxes of {@code boxRows} x {@value #BOX_COLUMNS}.
   *
   * @param rowBytes from a row to the next one
   */
  public static TensorMap matrix(
      long address, long columns, long rows, long rowBytes, int boxRows, Promotion promotion) {
    return new TensorMap(
        address,
        List.of(columns, rows),
        List.of(rowBytes),
        List.of(BOX_COLUMNS, boxRows),
        Swizzle.BYTES_128,
        promotion);
  }

  /**
   * The {@value #BYTES} bytes to upload.
   *
   * @throws CudaUnavailableException when the driver is too old to know tensor maps
   */
  public byte[] encode() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map = arena.allocate(BYTES, ALIGNMENT);
      int code =
          (int)
              Calls.ENCODE.invokeExact(
                  map,
                  UINT16,
                  sizes.size(),
                  address,
                  arena.allocateFrom(JAVA_LONG, longs(sizes)),
                  arena.allocateFrom(JAVA_LONG, longs(strides)),
                  arena.allocateFrom(JAVA_INT, box.stream().mapToInt(n -> n).toArray()),
                  arena.allocateFrom(JAVA_INT, box.stream().mapToInt(_ -> 1).toArray()),
                  NOT_INTERLEAVED,
                  swizzle.code,
                  promotion.code,
                  FILL_WITH_ZEROS);
      Status.check(code, "cuTensorMapEncodeTiled(" + this + ")");
      return map.toArray(JAVA_BYTE);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new UndeclaredThrowableException(e);
    }
  }

  private static long[] longs(List<Long> values) {
    return values.stream().mapToLong(n -> n).toArray();
  }

  private static void require(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "the copy engine cannot copy an array with %s %d".formatted(name, value));
    }
  }

  /** Found with the first use, so that sizes can be checked where there is no driver. */
  private static final class Calls {
    private static final MethodHandle ENCODE =
        DriverLibrary.open(DriverLibrary.NAME)
            .status(
                "cuTensorMapEncodeTiled",
                ADDRESS,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT);
  }
}
