package io.penstock.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Attention over the paged cache, twin of {@link ScalarAttention}.
 *
 * <p><b>Notes.</b> A task is a few consecutive query tokens of one sequence and one key/value head;
 * its rows, (token, head of the group), are taken four at a time. Four rows run over the blocks
 * that any of them sees: all scores first, then each row's softmax with what it must not see set to
 * -infinity, then the values in order of the tokens. A weight that is exactly zero adds nothing, so
 * a row's result does not depend on the rows beside it; sums of weights are kept by lane, and a
 * token's lane is its place in the block.
 */
final class VectorAttention {
  private static final int TOKENS_PER_TASK = 4;
  private static final int ROWS = AttentionProduct.ROWS;

  private final AttentionCall call;
  private final int dim;
  private final int group;
  private final int blockSize;
  private final int[] taskToken;
  private final int[] taskEnd;
  private int tasks;

  VectorAttention(AttentionCall call) {
    this.call = call;
    this.dim = call.spec().headDim();
    this.group = call.groupSize();
    this.blockSize = call.cache().spec().blockSize();
    int tokens = call.step().numTokens();
    this.taskToken = new int[tokens];
    this.taskEnd = new int[tokens];
    int[] starts = call.step().batch().queryStart();
    for (int s = 0; s + 1 < starts.length; s++) {
      for (int t = starts[s]; t < starts[s + 1]; t += TOKENS_PER_TASK) {
        taskToken[tasks] = t;
        taskEnd[tasks++] = Math.min(t + TOKENS_PER_TASK, starts[s + 1]);
      }
    }
  }

  /** Whether heads and blocks are whole vectors. */
  static boolean fits(AttentionCall call) {
    return call.spec().headDim() % Lanes.COUNT == 0
        && call.cache().spec().blockSize() % Lanes.COUNT == 0;
  }

  void run(WorkerPool pool) {
    int heads = call.spec().numKvHeads();
    pool.run(
        tasks * heads,
        (i, _) -> {
          int task = tasks - 1 - i / heads; // the longest contexts first
          int rows = (taskEnd[task] - taskToken[task]) * group;
          for (int r = 0; r < rows; r += ROWS) {
            attend(taskToken[task], i % heads, r, Math.min(ROWS, rows - r));
          }
        });
  }

  /** Rows {@code first .. first + rows - 1} of the task; missing rows repeat the last one. */
  private void attend(int token, int kvHead, int first, int rows) {
    int[] query = new int[ROWS];
    int[] position = new int[ROWS];
    int[] last = new int[ROWS];
    for (int r = 0; r < ROWS; r++) {
      int row = first + Math.min(r, rows - 1);
      int t = token + row / group;
      query[r] = t * call.qkvColumns() + (kvHead * group + row % group) * dim;
      position[r] = call.step().position(t);
      last[r] = call.lastVisible(t);
    }
    int firstBlock = call.firstVisible(position[0]) / blockSize;
    int context = last[ROWS - 1] + 1; // positions ascend within a sequence
    int blocks = Math.ceilDiv(context, blockSize) - firstBlock;
    int stride = blocks * blockSize;
    float[] scratch = Scratch.SCORES.get(ROWS * stride + ROWS * dim + Lanes.COUNT);
    int sums = ROWS * stride;
    scores(token, kvHead, firstBlock, blocks, query, scratch, stride);
    float[] total = new float[ROWS];
    float[] lanes = new float[Lanes.COUNT];
    for (int r = 0; r < ROWS; r++) {
      total[r] =
          softmax(scratch, r * stride, firstBlock * blockSize, stride, position[r], last[r], lanes);
    }
    Arrays.fill(scratch, sums, sums + ROWS * dim, 0);
    values(token, kvHead, firstBlock, context, scratch, stride, sums);
    for (int r = 0; r < rows; r++) {
      int row = first + r;
      int head = kvHead * group + row % group;
      int out = ((token + row / group) * call.spec().numHeads() + head) * dim;
      for (int d = 0; d < dim; d++) {
        call.out()[out + d] = scratch[sums + r * dim + d] / total[r];
      }
    }
  }

  private void scores(
      int token, int kvHead, int firstBlock, int blocks, int[] query, float[] scores, int stride) {
    int[] table = call.step().blocks(token);
    long keys = (long) call.cache().keys(call.layer(), kvHead) * Float.BYTES;
    long step = (long) blockSize * Float.BYTES;
    for (int b = 0; b < blocks; b++) {
      MemorySegment block = call.cache().block(table[firstBlock + b]);
      for (int v = 0; v < blockSize; v += Lanes.COUNT) {
        AttentionProduct.scores(
            block,
            keys + (long) v * Float.BYTES,
            step,
            dim,
            call.qkv(),
            query[0],
            query[1],
            query[2],
            query[3],
            call.spec().scale(),
            scores,
            b * blockSize + v,
            stride);
      }
    }
  }

  /** Turns a row's scores into weights up to a factor, and returns their sum. */
  private float softmax(
      float[] scores, int at, int firstToken, int n, int position, int last, float[] lanes) {
    int from = Math.max(0, call.firstVisible(position) - firstToken);
    int end = last + 1 - firstToken;
    Arrays.fill(scores, at, at + from, Float.NEGATIVE_INFINITY);
    Arrays.fill(scores, at + end, at + n, Float.NEGATIVE_INFINITY);
    float max = VectorMath.max(scores, at, n, lanes);
    return VectorMath.expAndSum(scores, at, n, max, lanes);
  }

  private void values(
      int token, int kvHead, int firstBlock, int context, float[] scratch, int stride, int sums) {
    int[] table = call.step().blocks(token);
    long values = (long) call.cache().values(call.layer(), kvHead) * Float.BYTES;
    long step = (long) dim * Float.BYTES;
    for (int b = firstBlock; b * blockSize < context; b++) {
      MemorySegment block = call.cache().block(table[b]);
      int tokens = Math.min(blockSize, context - b * blockSize);
      int weights = (b - firstBlock) * blockSize;
      for (int d = 0; d < dim; d += Lanes.COUNT) {
        AttentionProduct.values(
            block,
            values + (long) d * Float.BYTES,
            step,
            tokens,
            scratch,
            weights,
            stride,
            scratch,
            sums + d,
            dim);
      }
    }
  }
}
