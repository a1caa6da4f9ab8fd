package io.penstock.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class RotationOrderTest {

  @Test
  void evenOutputsOfAHeadComeFirst() {
    try (Arena arena = Arena.ofConfined()) {
      // Two heads of four outputs; row r holds r, -r.
      float[] values = new float[16];
      for (int r = 0; r < 8; r++) {
        values[2 * r] = r;
        values[2 * r + 1] = -r;
      }
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
      TensorView ordered =
          RotationOrder.halves(new TensorView("q", DType.F32, 8, 2, data), 4, arena);
      assertThat(ordered.data().toArray(ValueLayout.JAVA_FLOAT))
          .containsExactly(0, 0, 2, -2, 1, -1, 3, -3, 4, -4, 6, -6, 5, -5, 7, -7);
    }
  }

  @Test
  void aBiasFollows() {
    try (Arena arena = Arena.ofConfined()) {
      short[] values = {10, 11, 12, 13, 14, 15, 16, 17};
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_SHORT, values);
      TensorView ordered =
          RotationOrder.halves(new TensorView("q.bias", DType.BF16, 1, 8, data), 8, arena);
      assertThat(ordered.data().toArray(ValueLayout.JAVA_SHORT))
          .containsExactly(10, 12, 14, 16, 11, 13, 15, 17);
    }
  }
}
