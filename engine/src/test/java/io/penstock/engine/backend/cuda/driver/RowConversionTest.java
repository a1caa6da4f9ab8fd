package io.penstock.engine.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowConversionTest {
  private static final short POISON = 0x5a5a;

  private final RowConversion conversion = new RowConversion();
  private final Random random = new Random(7);

  /** Every stored type to both wanted ones, in chunks, with and without padding. */
  @Test
  void rowsAreConvertedAndPadded() {
    for (DType dtype : DType.values()) {
      for (HalfType type : HalfType.values()) {
        for (int padding : new int[] {0, 8}) {
          TensorView tensor = UploadFixture.tensor(dtype, 7, 512, random);
          int columns = tensor.columns() + padding;
          short[] expected = UploadFixture.expected(tensor, type, columns);

          short[] actual = inChunksOf(3, tensor, type, columns);

          assertThat(actual).as("%s to %s, padding %d", dtype, type, padding).isEqualTo(expected);
        }
      }
    }
  }

  /** The scratch rows of a wide tensor must not show in the padding of a narrow one. */
  @Test
  void aNarrowTensorAfterAWideOneIsPaddedWithZeros() {
    TensorView wide = UploadFixture.tensor(DType.F32, 2, 64, random);
    TensorView narrow = UploadFixture.tensor(DType.F32, 2, 13, random);
    inChunksOf(2, wide, HalfType.BF16, 64);

    assertThat(inChunksOf(1, narrow, HalfType.BF16, 16))
        .isEqualTo(UploadFixture.expected(narrow, HalfType.BF16, 16));
  }

  private short[] inChunksOf(int rows, TensorView tensor, HalfType type, int columns) {
    short[] all = new short[tensor.rows() * columns];
    java.util.Arrays.fill(all, POISON);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment staging = arena.allocate((long) rows * columns * HalfType.BYTES, 64);
      for (UploadChunk c : UploadChunk.split(tensor, type, columns, 0, staging.byteSize())) {
        staging.fill((byte) 0x5a);
        conversion.convert(tensor, c.firstRow(), c.rows(), type, columns, staging);
        short[] part =
            staging.asSlice(0, c.bytes()).toArray(java.lang.foreign.ValueLayout.JAVA_SHORT);
        System.arraycopy(part, 0, all, (int) (c.destination() / HalfType.BYTES), part.length);
      }
    }
    return all;
  }

  @Test
  void roundingIsToNearestEvenAndKeepsWhatIsSpecial() {
    float[] values = {
      1f,
      -0f,
      Float.intBitsToFloat(0x3f808000), // halfway between two, the lower is even
      Float.intBitsToFloat(0x3f818000), // halfway, the upper is even
      Float.intBitsToFloat(0x3f808001),
      Float.MAX_VALUE, // rounds to infinity
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      Float.intBitsToFloat(0x7f800001), // a NaN whose payload rounding would drop
      Float.intBitsToFloat(0xffffffff),
      Float.MIN_VALUE
    };
    short[] bf16 = new short[values.length];
    HalfType.BF16.encode(values, bf16, values.length);

    int[] expected = {
      0x3f80, 0x8000, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0xff80, 0x7fc0, 0x7fc0, 0xffff, 0
    };
    for (int i = 0; i < values.length; i++) {
      assertThat(bf16[i] & 0xffff).as("value %d", i).isEqualTo(expected[i]);
    }
  }

  @Test
  void tensorsAreCutIntoWholeRows() {
    TensorView tensor = UploadFixture.tensor(DType.BF16, 10, 24, random);

    List<UploadChunk> chunks = UploadChunk.split(tensor, HalfType.BF16, 32, 4096, 200);

    assertThat(chunks).extracting(UploadChunk::firstRow).containsExactly(0, 3, 6, 9);
    assertThat(chunks).extracting(UploadChunk::rows).containsExactly(3, 3, 3, 1);
    assertThat(chunks)
        .extracting(UploadChunk::destination)
        .containsExactly(4096L, 4288L, 4480L, 4672L);
    assertThat(chunks.getLast().bytes()).isEqualTo(64);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    TensorView tensor = UploadFixture.tensor(DType.BF16, 10, 24, random);

    assertThatThrownBy(() -> UploadChunk.split(tensor, HalfType.BF16, 16, 0, 4096))
        .hasMessageContaining("rows of 24, more than 16");
    assertThatThrownBy(() -> UploadChunk.split(tensor, HalfType.BF16, 24, 0, 40))
        .hasMessageContaining("a row takes 48 bytes");
  }

  @Test
  void prefetchingIsHarmlessAnywhere() {
    PageCache.prefetch(MemorySegment.ofArray(new byte[10]));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(10_000);
      data.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 5000, (byte) 3);
      PageCache.prefetch(data.asSlice(4999, 5000));
      assertThat(data.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 5000)).isEqualTo((byte) 3);
    }
  }
}
