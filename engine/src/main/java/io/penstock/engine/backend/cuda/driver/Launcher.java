package io.penstock.engine.backend.cuda.driver;

import java.lang.foreign.Arena;

/**
 * Launches kernels; for one thread, whose device is current. A launch allocates nothing but the
 * boxes of its arguments, and {@link #arguments()} avoids those too.
 *
 * <p>The driver cannot check arguments: their number and types must be those of KERNELS.md. A
 * pointer or other 64-bit value is a {@code long}, and {@code int} and {@code float} are
 * themselves.
 */
public final class Launcher {
  private final LaunchBuffer buffer = new LaunchBuffer(Arena.ofAuto());
  private final Arguments arguments = new Arguments();

  /** The arguments of one launch, in order. */
  public final class Arguments {
    private int count;

    private Arguments() {}

    /** A pointer or another 64-bit value. */
    public Arguments add(long value) {
      buffer.argument(next(), value);
      return this;
    }

    public Arguments add(int value) {
      buffer.argument(next(), value);
      return this;
    }

    public Arguments add(float value) {
      buffer.argument(next(), value);
      return this;
    }

    private int next() {
      if (count == LaunchBuffer.MAX_ARGUMENTS) {
        throw new IllegalArgumentException("a kernel takes at most " + count + " arguments here");
      }
      return count++;
    }

    /** Launches with what was added since {@link Launcher#arguments()}. */
    public void launch(
        KernelFunction function,
        CudaStream stream,
        int gridX,
        int gridY,
        int gridZ,
        int block,
        int sharedBytes,
        boolean programmatic) {
      buffer.stream(stream.handle(), programmatic);
      launch(function, gridX, gridY, gridZ, block, sharedBytes);
    }

    /** The same with {@code blocks} in clusters of {@code cluster}, which divides them. */
    public void launchClusters(
        KernelFunction function,
        CudaStream stream,
        int blocks,
        int cluster,
        int block,
        int sharedBytes,
        boolean programmatic) {
      buffer.stream(stream.handle(), programmatic, cluster);
      launch(function, blocks, 1, 1, block, sharedBytes);
    }

    private void launch(
        KernelFunction function, int gridX, int gridY, int gridZ, int block, int sharedBytes) {
      buffer.geometry(gridX, gridY, gridZ, block, sharedBytes);
      int code = HotCalls.launchKernel(buffer.config(), function.handle(), buffer.parameters());
      if (code != Status.SUCCESS) {
        throw new CudaException(
            code,
            Status.name(code),
            "launching %s with grid (%d, %d, %d), block %d, %d bytes of shared memory"
                .formatted(function.symbol(), gridX, gridY, gridZ, block, sharedBytes));
      }
    }
  }

  /** Begins a launch: add the arguments, then call {@link Arguments#launch}. */
  public Arguments arguments() {
    arguments.count = 0;
    return arguments;
  }

  /**
   * @param block threads of a block
   * @param sharedBytes dynamic shared memory of a block
   * @param programmatic whether the kernel may begin while the one before it in the stream still
   *     runs; it then waits by itself where it needs that one's results
   * @param args Long (pointers and other 64-bit values), Integer or Float
   */
  public void launch(
      KernelFunction function,
      CudaStream stream,
      int gridX,
      int gridY,
      int gridZ,
      int block,
      int sharedBytes,
      boolean programmatic,
      Object... args) {
    Arguments list = arguments();
    for (Object arg : args) {
      buffer.argument(list.next(), arg);
    }
    list.launch(function, stream, gridX, gridY, gridZ, block, sharedBytes, programmatic);
  }
}
