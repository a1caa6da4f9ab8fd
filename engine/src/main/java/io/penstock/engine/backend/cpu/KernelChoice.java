package io.penstock.engine.backend.cpu;

/**
 * Which kernels run on this machine, and why.
 *
 * @param reason for the log
 */
record KernelChoice(Kernels kernels, String reason) {

  static KernelChoice forThisMachine() {
    return new KernelChoice(new ScalarKernels(), "the only implementation");
  }
}
