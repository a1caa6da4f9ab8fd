package io.penstock.engine.backend.cuda.driver;

import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/** An entry point of a loaded module. */
public final class KernelFunction {
  private final String symbol;
  private final Handles.OfFunction function;
  private int dynamicSharedBytes;

  KernelFunction(String symbol, Handles.OfFunction function) {
    this.symbol = symbol;
    this.function = function;
  }

  public String symbol() {
    return symbol;
  }

  /** The driver's handle. */
  public long handle() {
    return function.address();
  }

  /** Registers of one thread. */
  public int registers() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS);
  }

  /** Bytes of one thread's local memory: spilled registers and arrays that are indexed. */
  public int localBytes() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
  }

  /** Bytes of shared memory that the kernel declares itself. */
  public int staticSharedBytes() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
  }

  /** The largest block that its registers allow. */
  public int maxThreadsPerBlock() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  }

  /** Blocks that run on one SM at a time. */
  public int blocksPerSm(int block, int dynamicShared) {
    int[] blocks = new int[1];
    Status.check(
        JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(
            blocks, function, block, dynamicShared),
        "cuOccupancyMaxActiveBlocksPerMultiprocessor(" + symbol + ")");
    return blocks[0];
  }

  /** Allows at least so much dynamic shared memory; without it a launch may use 48 KiB in all. */
  synchronized void allowDynamicShared(int bytes) {
    if (bytes > dynamicSharedBytes) {
      Status.check(
          JCudaDriver.cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              bytes),
          "cuFuncSetAttribute(" + symbol + ", dynamic shared memory " + bytes + ")");
      dynamicSharedBytes = bytes;
    }
  }

  private int attribute(int id) {
    int[] value = new int[1];
    Status.check(
        JCudaDriver.cuFuncGetAttribute(value, id, function), "cuFuncGetAttribute(" + symbol + ")");
    return value[0];
  }

  @Override
  public String toString() {
    return symbol;
  }
}
