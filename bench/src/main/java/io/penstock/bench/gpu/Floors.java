package io.penstock.bench.gpu;

import io.penstock.bench.model.ModelShape;

/** The fewest bytes and operations that a shape needs; derived in {@code bench/gpu/NOTES.md}. */
final class Floors {
  private static final int BYTES = 2; // of a weight and of a cached element

  private Floors() {}

  private static double layerWeights(ModelShape s) {
    double queries = (double) s.heads() * s.headDim();
    double keysAndValues = 2.0 * s.kvHeads() * s.headDim();
    return s.hidden() * (2 * queries + keysAndValues) + 3.0 * s.hidden() * s.ffn();
  }

  /** Bytes of the matrices that every decode step reads: layers and head, not the embedding. */
  static double decodeWeightBytes(ModelShape s) {
    return BYTES * (s.layers() * layerWeights(s) + (double) s.vocab() * s.hidden());
  }

  /** Bytes of keys and values of one token. */
  static double kvBytesPerToken(ModelShape s) {
    return 2.0 * BYTES * s.layers() * s.kvHeads() * s.headDim();
  }

  /** Multiplications and additions of a prompt token in the layers' matrices. */
  static double gemmFlopsPerToken(ModelShape s) {
    return 2 * s.layers() * layerWeights(s);
  }
}
