package io.penstock.bench.sched.live;

import io.penstock.bench.Installation;
import io.penstock.bench.Options;
import io.penstock.bench.model.ModelShape;
import io.penstock.bench.model.RandomModel;
import io.penstock.engine.backend.cuda.driver.CudaDevice;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.boot.SchedulingOptions;
import io.penstock.engine.core.TenantBudget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * On which device the engine runs, with which model and how long: CUDA with random weights of the
 * shape of Llama-3.1-8B, or the CPU with the bundled model.
 *
 * @param scratch folder of the random weights, as in {@code bench gpu}
 * @param quick shorter
 * @param seconds of each window; 0 for what suits the device
 * @param interposedSteps whether steps pause for urgent prompts
 * @param steps file that the engine's steps are written to; null for none
 */
public record LiveSettings(
    BackendChoice backend,
    Path scratch,
    boolean quick,
    int seconds,
    boolean interposedSteps,
    Path steps) {
  private static final long WEIGHTS_SEED = 8; // as bench gpu, so that they are made once
  private static final int QUEUE = 8192; // nothing is refused for an overload of seconds
  private static final int CPU_THREADS = 2;

  /**
   * Reads {@code --backend cpu|cuda|auto --scratch DIR --quick --seconds N --steps FILE}.
   *
   * @throws IllegalArgumentException with what is wrong, for a person
   */
  public static LiveSettings of(Options options) {
    String backend = options.text("backend", "auto");
    int seconds = options.number("seconds", 0);
    if (seconds < 0) {
      throw new IllegalArgumentException("--seconds cannot be negative");
    }
    return new LiveSettings(
        switch (backend.toLowerCase(Locale.ROOT)) {
          case "auto" -> BackendChoice.AUTO;
          case "cpu" -> BackendChoice.CPU;
          case "cuda" -> BackendChoice.CUDA;
          default ->
              throw new IllegalArgumentException(
                  "--backend is cpu, cuda or auto, not '" + backend + "'");
        },
        Path.of(options.text("scratch", System.getProperty("java.io.tmpdir") + "/penstock-bench")),
        options.has("quick"),
        seconds,
        SchedulingOptions.DEFAULT_INTERPOSED_STEPS,
        options.has("steps") ? Path.of(options.text("steps", "")) : null);
  }

  /**
   * With {@code auto} decided, as the model depends on it.
   *
   * @throws CudaUnavailableException when there is no GPU though one was asked for: before its
   *     model is written
   */
  LiveSettings onThisMachine() {
    if (backend == BackendChoice.CPU) {
      return this;
    }
    BackendChoice found = BackendChoice.CUDA;
    try (CudaDevice _ = CudaDevice.open(0)) {
      // it is there
    } catch (CudaUnavailableException e) {
      if (backend == BackendChoice.CUDA) {
        throw e;
      }
      found = BackendChoice.CPU;
    }
    return new LiveSettings(found, scratch, quick, seconds, interposedSteps, steps);
  }

  LiveSettings withInterposedSteps(boolean wanted) {
    return new LiveSettings(backend, scratch, quick, seconds, wanted, steps);
  }

  boolean cuda() {
    return backend == BackendChoice.CUDA;
  }

  int prompt() {
    return cuda() ? 512 : 32;
  }

  /** Sequences in a step; 0 for what suits the device. */
  int mostSequences() {
    return cuda() ? 256 : 0;
  }

  int output() {
    return cuda() ? 128 : 8;
  }

  /** Seconds under load before the window that is measured. */
  int warmUp() {
    return 4;
  }

  /** Seconds that are measured. */
  int window() {
    if (seconds > 0) {
      return seconds;
    }
    return cuda() ? (quick ? 12 : 40) : (quick ? 3 : 14); // on a CPU, of several windows
  }

  EngineOptions engine(SchedulingOptions.Policy policy) throws IOException {
    SchedulingOptions usual = SchedulingOptions.DEFAULT;
    ModelShape shape = ModelShape.LLAMA_8B;
    Path model =
        cuda()
            ? RandomModel.write(shape, WEIGHTS_SEED, scratch.resolve(shape.name()))
            : Installation.bundledModel();
    EngineOptions defaults = EngineOptions.of("bench", model);
    return new EngineOptions(
        "bench",
        model,
        backend,
        CPU_THREADS,
        0,
        0,
        defaults.swapBytes(),
        mostSequences(),
        0,
        QUEUE,
        defaults.device(),
        defaults.gpuMemoryUtilization(),
        usual.with(policy).withInterposedSteps(interposedSteps),
        TenantBudget.UNLIMITED);
  }
}
