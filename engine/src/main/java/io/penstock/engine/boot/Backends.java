package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.cpu.CpuBackend;
import io.penstock.engine.backend.cuda.CudaBackend;
import io.penstock.engine.backend.cuda.CudaSettings;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.core.DType;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelLoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Picks the device. */
final class Backends {
  private static final Logger log = LoggerFactory.getLogger(Backends.class);

  private Backends() {}

  /** A backend and the limits of its steps. */
  record Opened(Backend backend, StepLimits limits) {}

  /**
   * @param stored type of most weights in the checkpoint
   * @throws ModelLoadException when the chosen device cannot be used
   */
  static Opened open(EngineOptions options, ModelConfig config, DType stored) {
    return switch (options.backend()) {
      case CPU -> cpu(options);
      case CUDA -> {
        try {
          yield cuda(options, config, stored);
        } catch (CudaUnavailableException e) {
          throw new ModelLoadException(
              "the CUDA backend was asked for, but %s; set PENSTOCK_BACKEND=cpu (or auto)"
                  .formatted(e.getMessage()),
              e);
        }
      }
      case AUTO -> {
        try {
          yield cuda(options, config, stored);
        } catch (CudaUnavailableException e) {
          log.info("backend auto: CPU, as {}", e.getMessage());
          yield cpu(options);
        }
      }
    };
  }

  /**
   * For models that only embed: the CPU, as the CUDA backend has no kernels for that yet.
   *
   * @throws ModelLoadException when CUDA is insisted on
   */
  static Opened forEmbeddings(EngineOptions options) {
    switch (options.backend()) {
      case CPU -> {}
      case AUTO ->
          log.info("{} embeds: the CPU backend serves it, also beside a GPU", options.modelId());
      case CUDA ->
          throw new ModelLoadException(
              options.location(),
              "is an embedding model, and the CUDA backend does not embed yet; set PENSTOCK_BACKEND=auto (or cpu)");
    }
    return cpu(options);
  }

  private static Opened cpu(EngineOptions options) {
    return new Opened(CpuBackend.create(options.threads()), StepLimits.CPU.with(options));
  }

  private static Opened cuda(EngineOptions options, ModelConfig config, DType stored) {
    StepLimits limits = StepLimits.CUDA.with(options);
    CudaSettings settings =
        new CudaSettings(
            options.device(),
            options.gpuMemoryUtilization(),
            stored,
            KvCacheSizing.BLOCK_SIZE,
            KvCacheSizing.wantedContext(config, options),
            limits.maxNumSeqs(),
            limits.maxUrgentBatchedTokens());
    return new Opened(CudaBackend.open(config, settings), limits);
  }
}
