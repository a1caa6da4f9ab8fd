package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The native side of a launch (cuda.h): {@code CUlaunchConfig}, two {@code CUlaunchAttribute}s, and
 * {@code void** kernelParams}, an array of pointers to the arguments' values. Each value has 8
 * bytes of its own, so the pointers never change and are written once.
 *
 * <p>The driver copies all of it during the call, so one buffer serves one launch after another.
 */
final class LaunchBuffer {
  static final int MAX_ARGUMENTS = 64;

  static final long GRID_X = 0;
  static final long GRID_Y = 4;
  static final long GRID_Z = 8;
  static final long BLOCK_X = 12;
  static final long BLOCK_Y = 16;
  static final long BLOCK_Z = 20;
  static final long SHARED_BYTES = 24;
  static final long STREAM = 32;
  static final long ATTRIBUTES = 40;
  static final long ATTRIBUTE_COUNT = 48;
  static final long CONFIG_BYTES = 56;

  static final long ATTRIBUTE = 64;
  static final long ATTRIBUTE_VALUE = ATTRIBUTE + 8;
  static final long ATTRIBUTE_BYTES = 72;
  static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;
  static final int CLUSTER_DIMENSION = 4;

  // The two attributes stand side by side: a launch has the first, the second, both or none.
  private static final long CLUSTER = ATTRIBUTE + ATTRIBUTE_BYTES;
  private static final long CLUSTER_X = CLUSTER + 8;

  static final long POINTERS = 208;
  static final long VALUES = POINTERS + 8L * MAX_ARGUMENTS;
  private static final long SIZE = VALUES + 8L * MAX_ARGUMENTS;

  private final MemorySegment memory;

  LaunchBuffer(Arena arena) {
    memory = arena.allocate(SIZE, 64);
    memory.set(JAVA_INT, BLOCK_Y, 1);
    memory.set(JAVA_INT, BLOCK_Z, 1);
    memory.set(JAVA_LONG, ATTRIBUTES, memory.address() + ATTRIBUTE);
    memory.set(JAVA_INT, ATTRIBUTE, PROGRAMMATIC_STREAM_SERIALIZATION);
    memory.set(JAVA_INT, ATTRIBUTE_VALUE, 1);
    memory.set(JAVA_INT, CLUSTER, CLUSTER_DIMENSION);
    memory.set(JAVA_INT, CLUSTER_X, 1);
    memory.set(JAVA_INT, CLUSTER_X + 4, 1);
    memory.set(JAVA_INT, CLUSTER_X + 8, 1);
    for (int i = 0; i < MAX_ARGUMENTS; i++) {
      memory.set(JAVA_LONG, POINTERS + 8L * i, memory.address() + VALUES + 8L * i);
    }
  }

  void geometry(int gridX, int gridY, int gridZ, int block, int sharedBytes) {
    memory.set(JAVA_INT, GRID_X, gridX);
    memory.set(JAVA_INT, GRID_Y, gridY);
    memory.set(JAVA_INT, GRID_Z, gridZ);
    memory.set(JAVA_INT, BLOCK_X, block);
    memory.set(JAVA_INT, SHARED_BYTES, sharedBytes);
  }

  void stream(long handle, boolean programmatic) {
    stream(handle, programmatic, 1);
  }

  /**
   * @param cluster blocks of a cluster in the grid's first dimension, 1 for none
   */
  void stream(long handle, boolean programmatic, int cluster) {
    memory.set(JAVA_LONG, STREAM, handle);
    memory.set(JAVA_INT, CLUSTER_X, cluster);
    long first = programmatic ? ATTRIBUTE : CLUSTER;
    memory.set(JAVA_LONG, ATTRIBUTES, memory.address() + first);
    memory.set(JAVA_INT, ATTRIBUTE_COUNT, (programmatic ? 1 : 0) + (cluster > 1 ? 1 : 0));
  }

  void argument(int index, long value) {
    memory.set(JAVA_LONG, VALUES + 8L * index, value);
  }

  void argument(int index, int value) {
    memory.set(JAVA_INT, VALUES + 8L * index, value);
  }

  void argument(int index, float value) {
    memory.set(JAVA_FLOAT, VALUES + 8L * index, value);
  }

  /** Writes a boxed argument; other types than Long, Integer and Float have no meaning here. */
  void argument(int index, Object value) {
    switch (value) {
      case Long l -> argument(index, l.longValue());
      case Integer i -> argument(index, i.intValue());
      case Float f -> argument(index, f.floatValue());
      case null, default ->
          throw new IllegalArgumentException(
              "argument %d is %s; kernels take Long, Integer and Float"
                  .formatted(index, value == null ? "null" : value.getClass().getSimpleName()));
    }
  }

  long config() {
    return memory.address();
  }

  long parameters() {
    return memory.address() + POINTERS;
  }

  MemorySegment memory() {
    return memory;
  }
}
