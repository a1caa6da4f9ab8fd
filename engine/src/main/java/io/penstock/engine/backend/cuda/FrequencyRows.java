package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.Rope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The RoPE frequencies that a batch needs: row 0 is the model's own, the others belong to lengths
 * that dynamic scaling stretches.
 *
 * @param rows inverse frequencies, each of length {@code rotaryDim / 2}; not to be written
 * @param ofSequence (sequences) row of each sequence
 */
record FrequencyRows(List<float[]> rows, int[] ofSequence) {

  static FrequencyRows of(BatchLayout batch, Rope rope) {
    int[] ofSequence = new int[batch.numSequences()];
    if (!rope.dependsOnLength()) {
      return new FrequencyRows(List.of(rope.frequencies(0)), ofSequence);
    }
    List<float[]> rows = new ArrayList<>();
    rows.add(rope.frequencies(0));
    Map<Integer, Integer> rowOfLength = new HashMap<>();
    for (int s = 0; s < ofSequence.length; s++) {
      ofSequence[s] =
          rowOfLength.computeIfAbsent(
              batch.ropeLengths()[s],
              length -> {
                float[] frequencies = rope.frequencies(length);
                if (frequencies == rows.getFirst()) {
                  return 0;
                }
                rows.add(frequencies);
                return rows.size() - 1;
              });
    }
    return new FrequencyRows(rows, ofSequence);
  }
}
