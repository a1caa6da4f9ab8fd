package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.UndeclaredThrowableException;

/**
 * Describes a matrix of 2-byte elements to the copy engine (TMA) of Hopper and later GPUs: {@code
 * cuTensorMapEncodeTiled} of cuda.h for two dimensions.
 *
 * <p>A kernel copies boxes of it to shared memory, where each row of a box is 128 bytes, swizzled
 * as the matrix units read them. What a box has outside of the matrix comes as zeros. The map holds
 * the matrix's address and sizes, so it is valid as long as the buffer lives, whatever is written
 * there. A kernel reads it from device memory, at a multiple of {@value #ALIGNMENT}.
 *
 * @param address of the first element on the GPU, a multiple of 16
 * @param columns of a row, in elements
 * @param rows that may be read
 * @param rowBytes from a row to the next one, a multiple of 16
 * @param boxRows of one copy, at most 256
 */
public record TensorMap(long address, long columns, long rows, long rowBytes, int boxRows) {
  public static final int BYTES = 128;
  public static final int ALIGNMENT = 64;

  /** Elements in a row of a box: the 128 bytes of the swizzle. */
  public static final int BOX_COLUMNS = 64;

  // Values of cuda.h: CUtensorMapDataType, CUtensorMapInterleave, CUtensorMapSwizzle,
  // CUtensorMapL2promotion and CUtensorMapFloatOOBfill.
  private static final int UINT16 = 1;
  private static final int NOT_INTERLEAVED = 0;
  private static final int SWIZZLE_128_BYTES = 3;
  private static final int PROMOTE_TO_256_BYTES = 3;
  private static final int FILL_WITH_ZEROS = 0;

  private static final long LONGEST_DIMENSION = 1L << 32;
  private static final long LONGEST_STRIDE = 1L << 40;
  private static final int LONGEST_BOX = 256;

  public TensorMap {
    require(address > 0 && address % 16 == 0, "address", address);
    require(columns > 0 && columns <= LONGEST_DIMENSION, "columns", columns);
    require(rows > 0 && rows <= LONGEST_DIMENSION, "rows", rows);
    require(
        rowBytes % 16 == 0 && rowBytes >= 2 * columns && rowBytes < LONGEST_STRIDE,
        "rowBytes",
        rowBytes);
    require(boxRows > 0 && boxRows <= LONGEST_BOX, "boxRows", boxRows);
  }

  /** Rows that follow each other without a gap. */
  public static TensorMap dense(long address, long columns, long rows, int boxRows) {
    return new TensorMap(address, columns, rows, 2 * columns, boxRows);
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
                  2,
                  address,
                  arena.allocateFrom(JAVA_LONG, columns, rows),
                  arena.allocateFrom(JAVA_LONG, rowBytes),
                  arena.allocateFrom(JAVA_INT, BOX_COLUMNS, boxRows),
                  arena.allocateFrom(JAVA_INT, 1, 1),
                  NOT_INTERLEAVED,
                  SWIZZLE_128_BYTES,
                  PROMOTE_TO_256_BYTES,
                  FILL_WITH_ZEROS);
      Status.check(code, "cuTensorMapEncodeTiled(" + this + ")");
      return map.toArray(JAVA_BYTE);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new UndeclaredThrowableException(e);
    }
  }

  private static void require(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "the copy engine cannot read a matrix with %s %d".formatted(name, value));
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
