package io.penstock.engine.backend.cuda.driver;

import java.util.Set;

/** A call of the driver, or of a library above it, failed. */
public class CudaException extends RuntimeException {
  /** Errors after which every later call in the context fails too (cuda.h, CUresult). */
  private static final Set<Integer> CONTEXT_LOST =
      Set.of(
          4, // deinitialized
          46, // device unavailable
          214, // uncorrectable ECC error
          220, // uncorrectable NVLink error
          226, // contained error
          700, // illegal address
          702, // launch timeout
          709, // context is destroyed
          710, // device assertion
          714, // hardware stack error
          715, // illegal instruction
          716, // misaligned address
          717, // invalid address space
          718, // invalid program counter
          719, // launch failed
          721, // tensor memory leak
          810); // MPS client terminated

  private final int code;
  private final String errorName;
  private final String call;
  private final boolean contextLost;

  /** A failure of the driver; whether the context is lost follows from the code. */
  public CudaException(int code, String errorName, String call) {
    this(code, errorName, call, losesContext(code));
  }

  /** A failure of a library, whose codes say nothing about the context. */
  public CudaException(int code, String errorName, String call, boolean contextLost) {
    super(
        "%s failed: %s (%d)%s"
            .formatted(call, errorName, code, contextLost ? "; the CUDA context is lost" : ""));
    this.code = code;
    this.errorName = errorName;
    this.call = call;
    this.contextLost = contextLost;
  }

  static boolean losesContext(int code) {
    return CONTEXT_LOST.contains(code);
  }

  public int code() {
    return code;
  }

  /** The symbolic name, such as {@code CUDA_ERROR_ILLEGAL_ADDRESS}. */
  public String errorName() {
    return errorName;
  }

  /** What was called; asynchronous errors surface in a later call than the one to blame. */
  public String call() {
    return call;
  }

  /** Whether nothing can run in this context any more, so that only a new process helps. */
  public boolean contextLost() {
    return contextLost;
  }
}
