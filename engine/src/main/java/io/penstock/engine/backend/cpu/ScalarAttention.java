package io.penstock.engine.backend.cpu;

import java.lang.foreign.ValueLayout;

/** Attention of one query head of one token: scores, softmax, weighted sum of values. */
final class ScalarAttention {
  private ScalarAttention() {}

  static void attend(AttentionCall call, int token, int head) {
    int dim = call.spec().headDim();
    int kvHead = head / call.groupSize();
    int blockSize = call.cache().spec().blockSize();
    int first = call.firstVisible(call.step().position(token));
    int last = call.lastVisible(token);
    int keys = call.cache().keys(call.layer(), kvHead);
    int values = call.cache().values(call.layer(), kvHead);
    int[] blocks = call.step().blocks(token);
    int query = token * call.qkvColumns() + head * dim;

    float[] scores = new float[last + 1 - first];
    float max = Float.NEGATIVE_INFINITY;
    for (int j = first; j <= last; j++) {
      var block = call.cache().block(blocks[j / blockSize]);
      double dot = 0;
      for (int d = 0; d < dim; d++) {
        long at = keys + (long) d * blockSize + j % blockSize;
        dot += (double) call.qkv()[query + d] * block.getAtIndex(ValueLayout.JAVA_FLOAT, at);
      }
      scores[j - first] = (float) dot * call.spec().scale();
      max = Math.max(max, scores[j - first]);
    }

    double sum = 0;
    double[] output = new double[dim];
    for (int j = first; j <= last; j++) {
      var block = call.cache().block(blocks[j / blockSize]);
      double p = Math.exp(scores[j - first] - max);
      sum += p;
      for (int d = 0; d < dim; d++) {
        long at = values + (long) (j % blockSize) * dim + d;
        output[d] += p * block.getAtIndex(ValueLayout.JAVA_FLOAT, at);
      }
    }
    for (int d = 0; d < dim; d++) {
      call.out()[token * call.spec().numHeads() * dim + head * dim + d] = (float) (output[d] / sum);
    }
  }
}
