package io.penstock.engine.backend.cuda.driver;

import jcuda.driver.CUresult;

/** Turns the driver's return codes into exceptions. */
final class Status {
  static final int SUCCESS = 0;
  static final int OUT_OF_MEMORY = 2;
  static final int NO_DEVICE = 100;
  static final int NOT_READY = 600;

  private Status() {}

  static void check(int code, String call) {
    if (code != SUCCESS) {
      throw new CudaException(code, name(code), call);
    }
  }

  /** The name by the table in JCuda's classes, which needs no native library. */
  static String name(int code) {
    String name = CUresult.stringFor(code);
    return name.startsWith("CUDA_") ? name : "CUDA error";
  }
}
