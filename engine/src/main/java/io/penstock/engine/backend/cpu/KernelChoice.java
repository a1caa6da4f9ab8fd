package io.penstock.engine.backend.cpu;

/**
 * Which kernels run on this machine, and why.
 *
 * @param fast whether these are the ones to hope for
 * @param reason for the log
 */
record KernelChoice(Kernels kernels, boolean fast, String reason) {
  static final String VECTOR_MODULE = "jdk.incubator.vector";

  /**
   * Below this the integer and conversion operations of the kernels are not all instructions, and
   * the Vector API then allocates an object for every vector: far slower than plain loops.
   */
  static final int LEAST_BITS = 256;

  static KernelChoice forThisMachine() {
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
      return scalar(
          "module " + VECTOR_MODULE + " is missing: start java with --add-modules for it");
    }
    return forVectorBits(VectorKernels.preferredBits());
  }

  static KernelChoice forVectorBits(int bits) {
    return bits < LEAST_BITS
        ? scalar("the processor's preferred vectors have %d bits, below 256".formatted(bits))
        : new KernelChoice(new VectorKernels(), true, "preferred vector size");
  }

  private static KernelChoice scalar(String reason) {
    return new KernelChoice(new ScalarKernels(), false, reason);
  }
}
