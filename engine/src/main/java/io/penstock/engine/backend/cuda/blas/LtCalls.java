package io.penstock.engine.backend.cuda.blas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.engine.backend.cuda.driver.CudaException;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.backend.cuda.driver.NativeCalls;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * cuBLASLt's functions as cublasLt.h declares them, each checked. Opaque handles and device
 * addresses are numbers; small structures in host memory are segments.
 */
final class LtCalls {
  private final MethodHandle version;
  private final MethodHandle create;
  private final MethodHandle destroy;
  private final MethodHandle descCreate;
  private final MethodHandle descDestroy;
  private final MethodHandle descSet;
  private final MethodHandle layoutCreate;
  private final MethodHandle layoutDestroy;
  private final MethodHandle preferenceCreate;
  private final MethodHandle preferenceDestroy;
  private final MethodHandle preferenceSet;
  private final MethodHandle heuristic;
  private final MethodHandle check;
  private final MethodHandle matmul;

  LtCalls(SymbolLookup symbols) {
    version = find(symbols, JAVA_LONG, "cublasLtGetVersion");
    create = status(symbols, "cublasLtCreate", ADDRESS);
    destroy = status(symbols, "cublasLtDestroy", JAVA_LONG);
    descCreate = status(symbols, "cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT);
    descDestroy = status(symbols, "cublasLtMatmulDescDestroy", JAVA_LONG);
    descSet =
        status(symbols, "cublasLtMatmulDescSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    layoutCreate =
        status(
            symbols,
            "cublasLtMatrixLayoutCreate",
            ADDRESS,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    layoutDestroy = status(symbols, "cublasLtMatrixLayoutDestroy", JAVA_LONG);
    preferenceCreate = status(symbols, "cublasLtMatmulPreferenceCreate", ADDRESS);
    preferenceDestroy = status(symbols, "cublasLtMatmulPreferenceDestroy", JAVA_LONG);
    preferenceSet =
        status(
            symbols,
            "cublasLtMatmulPreferenceSetAttribute",
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG);
    // handle, desc, A, B, C, D, preference, requested, results, returned
    heuristic =
        status(
            symbols,
            "cublasLtMatmulAlgoGetHeuristic",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            ADDRESS);
    // handle, desc, A, B, C, D, algorithm, result
    check =
        status(
            symbols,
            "cublasLtMatmulAlgoCheck",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS,
            ADDRESS);
    // handle, desc, alpha, a, A, b, B, beta, c, C, d, D, algorithm, workspace, its size, stream
    matmul =
        status(
            symbols,
            "cublasLtMatmul",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
  }

  private static MethodHandle status(SymbolLookup symbols, String name, MemoryLayout... types) {
    return find(symbols, JAVA_INT, name, types);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle find(
      SymbolLookup symbols, MemoryLayout result, String name, MemoryLayout... types) {
    MemorySegment address =
        symbols
            .find(name)
            .orElseThrow(() -> new CudaUnavailableException("cuBLASLt has no " + name));
    return Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(result, types));
  }

  /** 10000 major + 100 minor + patch, as 130100. */
  long version() {
    try {
      return (long) version.invokeExact();
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  /** A call of the library; what it throws can only be an error of the JVM's linkage. */
  @FunctionalInterface
  private interface Call {
    int status() throws Throwable;
  }

  private static int call(Call call) {
    try {
      return call.status();
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  void create(MemorySegment handle) {
    check(call(() -> (int) create.invokeExact(handle)), "cublasLtCreate");
  }

  void destroy(long handle) {
    check(call(() -> (int) destroy.invokeExact(handle)), "cublasLtDestroy");
  }

  void descCreate(MemorySegment desc, int compute, int scale) {
    check(
        call(() -> (int) descCreate.invokeExact(desc, compute, scale)), "cublasLtMatmulDescCreate");
  }

  void descDestroy(long desc) {
    check(call(() -> (int) descDestroy.invokeExact(desc)), "cublasLtMatmulDescDestroy");
  }

  void descSet(long desc, int attribute, MemorySegment value, long bytes) {
    check(
        call(() -> (int) descSet.invokeExact(desc, attribute, value, bytes)),
        "cublasLtMatmulDescSetAttribute");
  }

  void layoutCreate(MemorySegment layout, int type, long rows, long columns, long stride) {
    check(
        call(() -> (int) layoutCreate.invokeExact(layout, type, rows, columns, stride)),
        "cublasLtMatrixLayoutCreate");
  }

  void layoutDestroy(long layout) {
    check(call(() -> (int) layoutDestroy.invokeExact(layout)), "cublasLtMatrixLayoutDestroy");
  }

  void preferenceCreate(MemorySegment preference) {
    check(
        call(() -> (int) preferenceCreate.invokeExact(preference)),
        "cublasLtMatmulPreferenceCreate");
  }

  void preferenceDestroy(long preference) {
    check(
        call(() -> (int) preferenceDestroy.invokeExact(preference)),
        "cublasLtMatmulPreferenceDestroy");
  }

  void preferenceSet(long preference, int attribute, MemorySegment value, long bytes) {
    check(
        call(() -> (int) preferenceSet.invokeExact(preference, attribute, value, bytes)),
        "cublasLtMatmulPreferenceSetAttribute");
  }

  /** The status, because "no algorithm" is an answer. */
  int heuristic(
      long handle,
      GemmLayouts g,
      long preference,
      int requested,
      MemorySegment results,
      MemorySegment returned) {
    return call(
        () ->
            (int)
                heuristic.invokeExact(
                    handle,
                    g.desc(),
                    g.weights(),
                    g.inputs(),
                    g.outputs(),
                    g.outputs(),
                    preference,
                    requested,
                    results,
                    returned));
  }

  /** The status, because "not for this shape" is an answer. */
  int algorithmCheck(long handle, GemmLayouts g, MemorySegment algorithm, MemorySegment result) {
    return call(
        () ->
            (int)
                check.invokeExact(
                    handle,
                    g.desc(),
                    g.weights(),
                    g.inputs(),
                    g.outputs(),
                    g.outputs(),
                    algorithm,
                    result));
  }

  /**
   * The status; with beta 0 what stood in {@code out} before does not matter. On the way of every
   * step, so without an object for the call.
   */
  int matmul(
      long handle,
      GemmLayouts g,
      long alpha,
      long beta,
      long w,
      long x,
      long out,
      long algorithm,
      long workspace,
      long workspaceBytes,
      long stream) {
    try {
      return (int)
          matmul.invokeExact(
              handle,
              g.desc(),
              alpha,
              w,
              g.weights(),
              x,
              g.inputs(),
              beta,
              out,
              g.outputs(),
              out,
              g.outputs(),
              algorithm,
              workspace,
              workspaceBytes,
              stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static void check(int status, String call) {
    if (status != LtConstants.SUCCESS) {
      throw failure(status, call);
    }
  }

  static CudaException failure(int status, String call) {
    // The library passes a failed launch on without the driver's code, which tells more: the
    // next call of the driver reports it.
    return new CudaException(status, LtConstants.statusName(status), call, false);
  }
}
