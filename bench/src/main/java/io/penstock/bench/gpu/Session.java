package io.penstock.bench.gpu;

import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.model.ModelShape;
import io.penstock.bench.model.RandomModel;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.LoadProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** What the workloads of one run share: made when first wanted. */
final class Session implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(8);
  private static final long SEED = 8;

  private final GpuSettings settings;
  private Ceilings ceilings;
  private EngineDriver driver;

  Session(GpuSettings settings) {
    this.settings = settings;
  }

  GpuSettings settings() {
    return settings;
  }

  /** The folder of a model with random weights. */
  Path model(ModelShape shape) throws IOException {
    return RandomModel.write(shape, SEED, settings.modelDirectory(shape));
  }

  /** The folder of one of {@link SmallShapes}. */
  Path smallModel(ModelShape shape) throws IOException {
    return RandomModel.write(shape, SEED, settings.smallModels().resolve(shape.name()));
  }

  /** The engine with the measured model, in this process. */
  EngineDriver driver() throws IOException {
    if (driver == null) {
      Path model = model(settings.shape());
      ceilings(); // measured while the GPU's memory is free
      driver =
          new EngineDriver(
              EngineFactory.load(settings.engine(model), LoadProgress.NONE), PATIENCE, SEED);
    }
    return driver;
  }

  /** Of this GPU; on a CPU all zero. */
  Ceilings ceilings() {
    if (ceilings == null) {
      ceilings = Ceilings.measure(settings);
    }
    return ceilings;
  }

  /** Frees the GPU for others. */
  void closeEngine() {
    if (driver != null) {
      driver.engine().close();
      driver = null;
    }
  }

  @Override
  public void close() {
    closeEngine();
  }
}
