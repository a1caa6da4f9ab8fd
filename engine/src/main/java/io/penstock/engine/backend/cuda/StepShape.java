package io.penstock.engine.backend.cuda;

/**
 * How much metadata a step has; every field but the last decides where things stand.
 *
 * @param tokens rows of the batch
 * @param sequences sequences of the batch
 * @param logitRows rows whose logits are wanted
 * @param frequencyRows rows of the RoPE frequency table
 * @param pairs columns of the RoPE frequency table
 * @param attentionInts length of the attention kernels' work lists
 * @param blockIds entries of all block tables together
 */
record StepShape(
    int tokens,
    int sequences,
    int logitRows,
    int frequencyRows,
    int pairs,
    int attentionInts,
    int blockIds) {}
