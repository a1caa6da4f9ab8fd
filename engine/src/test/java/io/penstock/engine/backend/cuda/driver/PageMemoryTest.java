package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class PageMemoryTest {
  @Test
  void isZeroAndWritable() {
    long bytes = (3L << 20) + 17;
    try (PageMemory memory = PageMemory.allocate(bytes)) {
      MemorySegment segment = memory.segment();
      assertThat(segment.byteSize()).isEqualTo(memory.bytes()).isEqualTo(bytes);
      assertThat(segment.address()).isEqualTo(memory.address());
      assertThat(segment.mismatch(MemorySegment.ofArray(new byte[(int) bytes]))).isEqualTo(-1);
      segment.fill((byte) 7);
      assertThat(segment.get(JAVA_BYTE, bytes - 1)).isEqualTo((byte) 7);
    }
  }

  @Test
  void saysWhenThereIsNotSoMuch() {
    assertThatThrownBy(() -> PageMemory.allocate(1L << 60))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage("mmap gives no 1152921504606846976 bytes");
  }
}
