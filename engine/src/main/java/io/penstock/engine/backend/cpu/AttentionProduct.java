package io.penstock.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The two products of attention for four query rows and one cache block, which they all share: keys
 * and values are loaded once for the four.
 *
 * <p>A score is one chain of FMAs over the dimensions, with tokens in the lanes; an output is one
 * chain over the tokens, with dimensions in the lanes. Neither depends on the other rows.
 */
final class AttentionProduct {
  static final int ROWS = 4;

  private AttentionProduct() {}

  /**
   * scores[row * stride + at + lane] = q[row] . key[lane] for one vector of tokens.
   *
   * @param keys byte offset of (dim, blockSize) keys, at the first token of the vector
   * @param step bytes from one dimension to the next
   */
  static void scores(
      MemorySegment block,
      long keys,
      long step,
      int dim,
      float[] q,
      int q0,
      int q1,
      int q2,
      int q3,
      float scale,
      float[] scores,
      int at,
      int stride) {
    FloatVector s0 = FloatVector.zero(Lanes.FLOAT);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int d = 0; d < dim; d++) {
      FloatVector k = Lanes.floats(block, keys + d * step);
      s0 = k.fma(FloatVector.broadcast(Lanes.FLOAT, q[q0 + d]), s0);
      s1 = k.fma(FloatVector.broadcast(Lanes.FLOAT, q[q1 + d]), s1);
      s2 = k.fma(FloatVector.broadcast(Lanes.FLOAT, q[q2 + d]), s2);
      s3 = k.fma(FloatVector.broadcast(Lanes.FLOAT, q[q3 + d]), s3);
    }
    s0.mul(scale).intoArray(scores, at);
    s1.mul(scale).intoArray(scores, at + stride);
    s2.mul(scale).intoArray(scores, at + 2 * stride);
    s3.mul(scale).intoArray(scores, at + 3 * stride);
  }

  /**
   * sums[row * dim + lane] += p[row] . values for one vector of dimensions.
   *
   * @param values byte offset of (tokens, dim) values, at the first dimension of the vector
   * @param step bytes from one token to the next
   * @param p weights: row r's begin at {@code at + r * stride}
   */
  static void values(
      MemorySegment block,
      long values,
      long step,
      int tokens,
      float[] p,
      int at,
      int stride,
      float[] sums,
      int to,
      int dim) {
    FloatVector s0 = FloatVector.fromArray(Lanes.FLOAT, sums, to);
    FloatVector s1 = FloatVector.fromArray(Lanes.FLOAT, sums, to + dim);
    FloatVector s2 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 2 * dim);
    FloatVector s3 = FloatVector.fromArray(Lanes.FLOAT, sums, to + 3 * dim);
    int p0 = at;
    int p1 = at + stride;
    int p2 = p1 + stride;
    int p3 = p2 + stride;
    for (int j = 0; j < tokens; j++) {
      FloatVector v = Lanes.floats(block, values + j * step);
      s0 = v.fma(FloatVector.broadcast(Lanes.FLOAT, p[p0 + j]), s0);
      s1 = v.fma(FloatVector.broadcast(Lanes.FLOAT, p[p1 + j]), s1);
      s2 = v.fma(FloatVector.broadcast(Lanes.FLOAT, p[p2 + j]), s2);
      s3 = v.fma(FloatVector.broadcast(Lanes.FLOAT, p[p3 + j]), s3);
    }
    s0.intoArray(sums, to);
    s1.intoArray(sums, to + dim);
    s2.intoArray(sums, to + 2 * dim);
    s3.intoArray(sums, to + 3 * dim);
  }
}
