package io.penstock.engine.backend.cuda.driver;

import java.time.Duration;

/**
 * The GPU did not finish in time. Its work cannot be called off, so the caller should {@linkplain
 * CudaDevice#abandon() abandon} the device.
 */
public final class CudaTimeoutException extends RuntimeException {

  CudaTimeoutException(String what, Duration timeout) {
    super("%s did not finish within %.1f s".formatted(what, timeout.toMillis() / 1e3));
  }
}
