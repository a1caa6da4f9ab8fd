package io.penstock.engine.backend.cuda.driver;

/** This machine cannot run the CUDA backend; the message says why, in words for its operator. */
public final class CudaUnavailableException extends RuntimeException {

  /**
   * @param reason one clause without a full stop, such as "no NVIDIA driver: ..."
   */
  public CudaUnavailableException(String reason) {
    super(reason);
  }
}
