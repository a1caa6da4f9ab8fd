package io.penstock.engine.model;

import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Brings projections of queries and keys from the order in which output 2i turns with 2i+1 (as
 * llama.cpp stores Llama) to the one in which i turns with i + headDim/2 (as Hugging Face stores
 * it). Scores are sums over a head's elements, so the order is free as long as both have the same.
 */
final class RotationOrder {
  private RotationOrder() {}

  /**
   * @param tensor a matrix of (heads * headDim) rows, or a vector of as many elements that is not
   *     quantized
   * @param arena owns the result's data
   */
  static TensorView halves(TensorView tensor, int headDim, Arena arena) {
    int outputs = tensor.isVector() ? tensor.columns() : tensor.rows();
    long size = tensor.data().byteSize() / outputs; // bytes of one output
    MemorySegment ordered = arena.allocate(tensor.data().byteSize(), 64);
    for (int to = 0; to < outputs; to++) {
      int head = to / headDim;
      int place = to % headDim;
      int half = headDim / 2;
      int from = head * headDim + (place < half ? 2 * place : 2 * (place - half) + 1);
      MemorySegment.copy(tensor.data(), from * size, ordered, to * size, size);
    }
    return new TensorView(tensor.name(), tensor.dtype(), tensor.rows(), tensor.columns(), ordered);
  }
}
