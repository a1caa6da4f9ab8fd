package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.cpu.CpuBackend;
import io.penstock.engine.core.ModelLoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Picks the device. */
final class Backends {
  private static final Logger log = LoggerFactory.getLogger(Backends.class);

  private Backends() {}

  /**
   * @throws ModelLoadException when the chosen device cannot be used
   */
  static Backend open(EngineOptions options) {
    return switch (options.backend()) {
      case CPU -> CpuBackend.create(options.threads());
      case AUTO -> {
        log.info("backend auto: CPU, as this build has no CUDA engine");
        yield CpuBackend.create(options.threads());
      }
      case CUDA ->
          throw new ModelLoadException(
              "the CUDA backend was asked for, but this build has no CUDA engine;"
                  + " set PENSTOCK_BACKEND=cpu (or auto)");
    };
  }
}
