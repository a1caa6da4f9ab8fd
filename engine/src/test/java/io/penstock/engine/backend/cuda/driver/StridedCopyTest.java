package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The offsets are those of CUDA_MEMCPY3D in cuda.h. */
class StridedCopyTest {
  private static final StructLayout STRUCT = struct();

  private static StructLayout struct() {
    List<MemoryLayout> members = new ArrayList<>();
    for (String side : List.of("src", "dst")) {
      members.add(JAVA_LONG.withName(side + "XInBytes"));
      members.add(JAVA_LONG.withName(side + "Y"));
      members.add(JAVA_LONG.withName(side + "Z"));
      members.add(JAVA_LONG.withName(side + "LOD"));
      members.add(JAVA_INT.withName(side + "MemoryType"));
      members.add(MemoryLayout.paddingLayout(4));
      members.add(JAVA_LONG.withName(side + "Host"));
      members.add(JAVA_LONG.withName(side + "Device"));
      members.add(JAVA_LONG.withName(side + "Array"));
      members.add(JAVA_LONG.withName(side + "reserved"));
      members.add(JAVA_LONG.withName(side + "Pitch"));
      members.add(JAVA_LONG.withName(side + "Height"));
    }
    members.add(JAVA_LONG.withName("WidthInBytes"));
    members.add(JAVA_LONG.withName("Height"));
    members.add(JAVA_LONG.withName("Depth"));
    return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
  }

  private static long offset(String member) {
    return STRUCT.byteOffset(groupElement(member));
  }

  @Test
  void bothSidesAreLaidOutAlike() {
    for (String side : List.of("src", "dst")) {
      long base = side.equals("src") ? StridedCopy.SOURCE : StridedCopy.DESTINATION;
      assertThat(offset(side + "XInBytes")).isEqualTo(base);
      assertThat(offset(side + "MemoryType")).isEqualTo(base + StridedCopy.MEMORY_TYPE);
      assertThat(offset(side + "Host")).isEqualTo(base + StridedCopy.HOST_ADDRESS);
      assertThat(offset(side + "Device")).isEqualTo(base + StridedCopy.DEVICE_ADDRESS);
      assertThat(offset(side + "Pitch")).isEqualTo(base + StridedCopy.PITCH);
      assertThat(offset(side + "Height")).isEqualTo(base + StridedCopy.HEIGHT);
    }
  }

  @Test
  void theExtentFollows() {
    assertThat(offset("WidthInBytes")).isEqualTo(StridedCopy.WIDTH);
    assertThat(offset("Height")).isEqualTo(StridedCopy.ROWS);
    assertThat(offset("Depth")).isEqualTo(StridedCopy.PLANES);
    assertThat(STRUCT.byteSize()).isEqualTo(StridedCopy.BYTES);
  }
}
