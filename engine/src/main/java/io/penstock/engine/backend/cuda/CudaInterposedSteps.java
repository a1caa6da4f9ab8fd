package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.InterposedSteps;
import io.penstock.engine.backend.cuda.blas.CublasLt;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps in a stream of their own, of a higher priority, with a {@link CudaLane} and a workspace of
 * their own. They begin at once, beside the layer or two that the running step still computes
 * before it pauses.
 *
 * <p>Without the pause they take several times as long: each of their kernels waits for blocks of
 * the other step's to end.
 */
final class CudaInterposedSteps implements InterposedSteps {
  private static final Logger log = LoggerFactory.getLogger(CudaInterposedSteps.class);

  private final Gpu gpu;
  private final CublasLt blas;
  private final PausePoints points;
  private final CudaLane lane;
  private final Consumer<CudaLane> use;
  private final CudaLane main;
  private final CudaStream stream;
  private final DeviceMemory workspace;
  private final Set<Integer> known = new HashSet<>(); // buckets of tokens of steps so far
  private boolean pausing;

  /**
   * @param points at which steps of {@code main} pause
   * @param use makes operations belong to a lane
   * @param stream in which {@code lane} was made
   */
  CudaInterposedSteps(
      Gpu gpu,
      CublasLt blas,
      PausePoints points,
      CudaLane lane,
      CudaLane main,
      Consumer<CudaLane> use,
      CudaStream stream) {
    this.gpu = gpu;
    this.blas = blas;
    this.points = points;
    this.lane = lane;
    this.main = main;
    this.use = use;
    this.stream = stream;
    this.workspace = gpu.allocate(blas.workspaceBytes());
  }

  @Override
  public boolean canPause() {
    return points.active();
  }

  @Override
  public void pause() {
    if (!pausing) {
      gpu.guarded(points::pause);
      pausing = true;
    }
  }

  /**
   * A step of so many tokens begins. With the first of its bucket the other goes on until this is
   * enqueued: kernels may have to be loaded and maps be made for it, for which the host waits for
   * all that is on the device.
   */
  void begins(int tokens) {
    if (!known.add(TokenBuckets.of(tokens))) {
      pause();
    }
  }

  @Override
  public void enqueue(Runnable step) {
    int pause = pausing ? points.next() - 1 : points.next();
    try {
      gpu.guarded(() -> gpu.inStream(stream, () -> blas.inWorkspace(workspace, () -> run(step))));
      gpu.guarded(() -> points.over(pause, stream));
      pause();
    } catch (RuntimeException e) {
      drain(pause, e);
      throw e;
    } finally {
      pausing = false;
    }
  }

  private void run(Runnable step) {
    use.accept(lane);
    try {
      step.run();
    } finally {
      use.accept(main);
    }
  }

  private void drain(int pause, RuntimeException failure) {
    try {
      gpu.guarded(() -> points.over(pause, stream));
      await();
    } catch (RuntimeException e) {
      log.warn("a step failed that was computed amid another", e);
      failure.addSuppressed(e);
    }
  }

  @Override
  public DeviceSampler sampler() {
    return lane.sampler();
  }

  @Override
  public void await() {
    gpu.guarded(() -> stream.synchronize());
  }

  @Override
  public long pauses() {
    return gpu.guarded(points::pauses);
  }
}
