package io.penstock.engine.backend;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What one step computes, as integers only: the tokens of all sequences laid end to end, sequence s
 * owning the token rows {@code [queryStart[s], queryStart[s + 1])}. Prefill chunks and single
 * decode tokens are the same thing: new tokens whose context reaches back into the cache.
 *
 * <p>Immutable by agreement: the arrays are not written after construction.
 *
 * @param tokenIds (tokens) ids to feed; a negative one, {@code -1 - row}, stands for what row
 *     {@code row} of the step before sampled, which only the device knows yet
 * @param positions (tokens) position of each token in its sequence
 * @param queryStart (sequences + 1) first token row of each sequence, and the number of tokens
 * @param contextLengths (sequences) tokens of each sequence whose keys exist after this step
 * @param ropeLengths (sequences) sequence length that length-dependent RoPE scaling assumes: at
 *     least the prompt's length, so that chunking a prompt does not change its rotation
 * @param blockTables (sequences)(blocks) cache blocks of each sequence in order, covering {@code
 *     contextLengths}
 * @param logitRows token rows whose logits are wanted, ascending
 * @param stateRows token rows whose final hidden states are wanted, ascending: {@link
 *     EmbeddingOperations}
 */
public record BatchLayout(
    int[] tokenIds,
    int[] positions,
    int[] queryStart,
    int[] contextLengths,
    int[] ropeLengths,
    int[][] blockTables,
    int[] logitRows,
    int[] stateRows) {

  /** Of which only logits are wanted. */
  public BatchLayout(
      int[] tokenIds,
      int[] positions,
      int[] queryStart,
      int[] contextLengths,
      int[] ropeLengths,
      int[][] blockTables,
      int[] logitRows) {
    this(
        tokenIds,
        positions,
        queryStart,
        contextLengths,
        ropeLengths,
        blockTables,
        logitRows,
        new int[0]);
  }

  public int numTokens() {
    return tokenIds.length;
  }

  public int numSequences() {
    return contextLengths.length;
  }

  /** The sequence of each row whose logits are wanted. */
  public int[] logitSequences() {
    return sequencesOf(logitRows);
  }

  private int[] sequencesOf(int[] rows) {
    int[] sequences = new int[rows.length];
    int s = 0;
    for (int i = 0; i < rows.length; i++) {
      while (queryStart[s + 1] <= rows[i]) {
        s++;
      }
      sequences[i] = s;
    }
    return sequences;
  }

  /** The rows of which anything is wanted, logits or hidden states; ascending. */
  public int[] wantedRows() {
    return stateRows.length == 0
        ? logitRows
        : IntStream.concat(IntStream.of(logitRows), IntStream.of(stateRows))
            .distinct()
            .sorted()
            .toArray();
  }

  /**
   * The {@link #wantedRows} and no others, each as a sequence of one token behind what is in the
   * cache.
   */
  public BatchLayout ofWantedRows() {
    int[] wanted = wantedRows();
    int rows = wanted.length;
    int[] sequences = sequencesOf(wanted);
    int[] each = new int[rows + 1];
    Arrays.setAll(each, i -> i);
    int[] ids = new int[rows];
    int[] at = new int[rows];
    int[] contexts = new int[rows];
    int[] ropes = new int[rows];
    int[][] tables = new int[rows][];
    for (int i = 0; i < rows; i++) {
      ids[i] = tokenIds[wanted[i]];
      at[i] = positions[wanted[i]];
      contexts[i] = at[i] + 1;
      ropes[i] = ropeLengths[sequences[i]];
      tables[i] = blockTables[sequences[i]];
    }
    return new BatchLayout(
        ids, at, each, contexts, ropes, tables, among(wanted, logitRows), among(wanted, stateRows));
  }

  private static int[] among(int[] wanted, int[] rows) {
    return Arrays.stream(rows).map(row -> Arrays.binarySearch(wanted, row)).toArray();
  }
}
