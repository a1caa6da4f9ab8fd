package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.junit.jupiter.api.Test;

class LaunchBufferTest {
  /** CUlaunchConfig of cuda.h. */
  private static final StructLayout CONFIG =
      MemoryLayout.structLayout(
          JAVA_INT.withName("gridDimX"),
          JAVA_INT.withName("gridDimY"),
          JAVA_INT.withName("gridDimZ"),
          JAVA_INT.withName("blockDimX"),
          JAVA_INT.withName("blockDimY"),
          JAVA_INT.withName("blockDimZ"),
          JAVA_INT.withName("sharedMemBytes"),
          MemoryLayout.paddingLayout(4),
          JAVA_LONG.withName("hStream"),
          JAVA_LONG.withName("attrs"),
          JAVA_INT.withName("numAttrs"),
          MemoryLayout.paddingLayout(4));

  private final LaunchBuffer buffer = new LaunchBuffer(Arena.ofAuto());
  private final MemorySegment memory = buffer.memory();

  @Test
  void theConfigurationIsLaidOutAsTheDriverDeclaresIt() {
    buffer.geometry(2, 3, 5, 256, 4096);
    buffer.stream(0x1234_5678_9abcL, true);

    assertThat(LaunchBuffer.CONFIG_BYTES).isEqualTo(CONFIG.byteSize());
    assertThat(buffer.config()).isEqualTo(memory.address());
    assertThat(config("gridDimX")).isEqualTo(2);
    assertThat(config("gridDimY")).isEqualTo(3);
    assertThat(config("gridDimZ")).isEqualTo(5);
    assertThat(config("blockDimX")).isEqualTo(256);
    assertThat(config("blockDimY")).isEqualTo(1);
    assertThat(config("blockDimZ")).isEqualTo(1);
    assertThat(config("sharedMemBytes")).isEqualTo(4096);
    assertThat(memory.get(JAVA_LONG, offset("hStream"))).isEqualTo(0x1234_5678_9abcL);
    assertThat(config("numAttrs")).isEqualTo(1);
  }

  @Test
  void theAttributeAllowsAnEarlyStartAndIsUsedOnlyWhenAsked() {
    long attribute = memory.get(JAVA_LONG, offset("attrs")) - memory.address();

    assertThat(attribute).isGreaterThanOrEqualTo(CONFIG.byteSize());
    assertThat(memory.get(JAVA_INT, attribute)).isEqualTo(6); // programmatic stream serialization
    assertThat(memory.get(JAVA_INT, attribute + 8)).isEqualTo(1);
    assertThat(LaunchBuffer.POINTERS).isGreaterThanOrEqualTo(attribute + 72);

    buffer.stream(7, true);
    buffer.stream(7, false);
    assertThat(config("numAttrs")).isZero();
  }

  @Test
  void clustersAreAnAttributeBesideTheOther() {
    buffer.stream(7, true, 4);
    long attribute = memory.get(JAVA_LONG, offset("attrs")) - memory.address();
    assertThat(config("numAttrs")).isEqualTo(2);
    assertThat(memory.get(JAVA_INT, attribute)).isEqualTo(6);
    assertClustersOf(4, attribute + 72);

    buffer.stream(7, false, 8);
    assertThat(config("numAttrs")).isEqualTo(1);
    assertClustersOf(8, memory.get(JAVA_LONG, offset("attrs")) - memory.address());

    buffer.stream(7, false, 1);
    assertThat(config("numAttrs")).isZero();
  }

  private void assertClustersOf(int blocks, long attribute) {
    assertThat(memory.get(JAVA_INT, attribute)).isEqualTo(4); // cluster dimension
    assertThat(memory.get(JAVA_INT, attribute + 8)).isEqualTo(blocks);
    assertThat(memory.get(JAVA_INT, attribute + 12)).isEqualTo(1);
    assertThat(memory.get(JAVA_INT, attribute + 16)).isEqualTo(1);
    assertThat(LaunchBuffer.POINTERS).isGreaterThanOrEqualTo(attribute + 72);
  }

  @Test
  void everyArgumentIsReachedThroughItsPointer() {
    buffer.argument(0, 0x7000_0000_0010L);
    buffer.argument(1, -3);
    buffer.argument(2, 1.5f);
    buffer.argument(3, (Object) 9L);
    buffer.argument(4, (Object) 11);
    buffer.argument(5, (Object) 0.25f);

    assertThat(memory.get(JAVA_LONG, value(0))).isEqualTo(0x7000_0000_0010L);
    assertThat(memory.get(JAVA_INT, value(1))).isEqualTo(-3);
    assertThat(memory.get(JAVA_FLOAT, value(2))).isEqualTo(1.5f);
    assertThat(memory.get(JAVA_LONG, value(3))).isEqualTo(9L);
    assertThat(memory.get(JAVA_INT, value(4))).isEqualTo(11);
    assertThat(memory.get(JAVA_FLOAT, value(5))).isEqualTo(0.25f);
    assertThat(value(LaunchBuffer.MAX_ARGUMENTS - 1) + 8).isEqualTo(memory.byteSize());
  }

  @Test
  void argumentsOfOtherTypesAreRefused() {
    assertThatThrownBy(() -> buffer.argument(2, (Object) 1.0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("argument 2 is Double; kernels take Long, Integer and Float");
    assertThatThrownBy(() -> buffer.argument(0, (Object) null)).hasMessageContaining("null");
  }

  @Test
  void aLaunchTakesNoMoreArgumentsThanItHasRoomFor() {
    Launcher.Arguments arguments = new Launcher().arguments();
    for (int i = 0; i < LaunchBuffer.MAX_ARGUMENTS; i++) {
      arguments.add(i);
    }

    assertThatThrownBy(() -> arguments.add(0L)).isInstanceOf(IllegalArgumentException.class);
  }

  private static long offset(String field) {
    return CONFIG.byteOffset(groupElement(field));
  }

  private int config(String field) {
    return memory.get(JAVA_INT, offset(field));
  }

  /** Where the pointer of argument {@code index} points. */
  private long value(int index) {
    return memory.get(JAVA_LONG, buffer.parameters() - memory.address() + 8L * index)
        - memory.address();
  }
}
