package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Batches for tests: sequences are added one after the other. */
final class Batches {
  private final List<int[]> tables = new ArrayList<>();
  private final List<Integer> queries = new ArrayList<>();
  private final List<Integer> contexts = new ArrayList<>();

  /** A sequence whose last {@code query} of {@code context} tokens are computed. */
  Batches add(int query, int context, int... blocks) {
    queries.add(query);
    contexts.add(context);
    tables.add(blocks);
    return this;
  }

  /** Every sequence wants its last token's logits; token ids are 100, 101 and so on. */
  BatchLayout build() {
    int sequences = queries.size();
    int[] queryStart = new int[sequences + 1];
    for (int s = 0; s < sequences; s++) {
      queryStart[s + 1] = queryStart[s] + queries.get(s);
    }
    int tokens = queryStart[sequences];
    int[] positions = new int[tokens];
    for (int s = 0; s < sequences; s++) {
      for (int i = 0; i < queries.get(s); i++) {
        positions[queryStart[s] + i] = contexts.get(s) - queries.get(s) + i;
      }
    }
    int[] lengths = contexts.stream().mapToInt(Integer::intValue).toArray();
    return new BatchLayout(
        IntStream.range(100, 100 + tokens).toArray(),
        positions,
        queryStart,
        lengths,
        lengths,
        tables.toArray(int[][]::new),
        IntStream.range(0, sequences).map(s -> queryStart[s + 1] - 1).toArray());
  }
}
