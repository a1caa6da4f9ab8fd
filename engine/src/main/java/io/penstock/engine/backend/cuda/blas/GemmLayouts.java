package io.penstock.engine.backend.cuda.blas;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * cuBLASLt's descriptors of one product. The library thinks in columns: a row-major (rows, k)
 * matrix is to it a (k, rows) one with stride k. So out, seen as (rows, tokens), is w transposed
 * times x as it stands; rows of out are contiguous, and a bias has one value for each.
 *
 * @param desc operation
 * @param weights layout of w
 * @param inputs layout of x
 * @param outputs layout of out
 */
record GemmLayouts(long desc, long weights, long inputs, long outputs) {

  static GemmLayouts create(LtCalls lt, GemmShape s) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment cell = arena.allocate(8, 8);
      long weights = layout(lt, cell, s.type().input(), s.k(), s.rows(), s.k());
      long inputs = layout(lt, cell, s.type().input(), s.k(), s.tokens(), s.k());
      long outputs = layout(lt, cell, s.type().output(), s.rows(), s.tokens(), s.rows());
      return new GemmLayouts(describe(lt, cell, s), weights, inputs, outputs);
    }
  }

  private static long describe(LtCalls lt, MemorySegment cell, GemmShape s) {
    lt.descCreate(cell, LtConstants.COMPUTE_32F, LtConstants.R_32F);
    long desc = cell.get(ValueLayout.JAVA_LONG, 0);
    set(lt, desc, cell, LtConstants.DESC_TRANSA, LtConstants.OP_T);
    if (s.bias()) {
      set(lt, desc, cell, LtConstants.DESC_EPILOGUE, LtConstants.EPILOGUE_BIAS);
    }
    return desc;
  }

  private static void set(LtCalls lt, long desc, MemorySegment cell, int attribute, int value) {
    cell.set(ValueLayout.JAVA_INT, 0, value);
    lt.descSet(desc, attribute, cell, Integer.BYTES);
  }

  private static long layout(
      LtCalls lt, MemorySegment cell, int type, long rows, long columns, long stride) {
    lt.layoutCreate(cell, type, rows, columns, stride);
    return cell.get(ValueLayout.JAVA_LONG, 0);
  }

  void destroy(LtCalls lt) {
    lt.descDestroy(desc);
    lt.layoutDestroy(weights);
    lt.layoutDestroy(inputs);
    lt.layoutDestroy(outputs);
  }
}
