package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.Rope;
import java.util.stream.IntStream;

/** A batch's metadata, resolved per token: its sequence and the rotation of its position. */
final class Step {
  private final BatchLayout batch;
  private final int[] sequenceOf; // (T)
  private final boolean interleaved;
  private final int pairs;
  private final float[] cos; // (T, pairs)
  private final float[] sin; // (T, pairs)

  /** Angles are float products, as Hugging Face transformers computes them. */
  Step(BatchLayout batch, Rope rope) {
    int tokens = batch.numTokens();
    this.batch = batch;
    this.sequenceOf = new int[tokens];
    this.interleaved = rope.config().interleaved();
    this.pairs = rope.config().rotaryDim() / 2;
    this.cos = new float[tokens * pairs];
    this.sin = new float[tokens * pairs];
    for (int s = 0; s < batch.numSequences(); s++) {
      float[] frequencies = rope.frequencies(batch.ropeLengths()[s]);
      for (int t = batch.queryStart()[s]; t < batch.queryStart()[s + 1]; t++) {
        sequenceOf[t] = s;
        for (int i = 0; i < pairs; i++) {
          float angle = batch.positions()[t] * frequencies[i];
          cos[t * pairs + i] = (float) Math.cos(angle) * rope.attentionFactor();
          sin[t * pairs + i] = (float) Math.sin(angle) * rope.attentionFactor();
        }
      }
    }
  }

  /** The rows whose logits are wanted, of a step whose tokens have been rotated. */
  private Step(BatchLayout batch) {
    this.batch = batch;
    this.sequenceOf = IntStream.range(0, batch.numTokens()).toArray();
    this.interleaved = false;
    this.pairs = 0;
    this.cos = new float[0];
    this.sin = new float[0];
  }

  /** See {@link BatchLayout#ofWantedRows}; rotates no more. */
  Step ofWantedRows() {
    return new Step(batch.ofWantedRows());
  }

  BatchLayout batch() {
    return batch;
  }

  int numTokens() {
    return batch.numTokens();
  }

  int position(int token) {
    return batch.positions()[token];
  }

  /** Cache blocks of the token's sequence, in order. */
  int[] blocks(int token) {
    return batch.blockTables()[sequenceOf[token]];
  }

  int sequence(int token) {
    return sequenceOf[token];
  }

  /** Rotates the pairs of one head of {@code token} in place. */
  void rotate(int token, float[] x, int offset) {
    int stride = interleaved ? 1 : pairs;
    for (int i = 0; i < pairs; i++) {
      int a = offset + (interleaved ? 2 * i : i);
      float c = cos[token * pairs + i];
      float s = sin[token * pairs + i];
      float x0 = x[a];
      float x1 = x[a + stride];
      x[a] = x0 * c - x1 * s;
      x[a + stride] = x1 * c + x0 * s;
    }
  }
}
