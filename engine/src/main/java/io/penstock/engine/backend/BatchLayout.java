package io.penstock.engine.backend;

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
 */
public record BatchLayout(
    int[] tokenIds,
    int[] positions,
    int[] queryStart,
    int[] contextLengths,
    int[] ropeLengths,
    int[][] blockTables,
    int[] logitRows) {

  public int numTokens() {
    return tokenIds.length;
  }

  public int numSequences() {
    return contextLengths.length;
  }
}
