package io.penstock.engine.client;

/**
 * A snapshot of the engine. Counters grow from start; gauges are of now.
 *
 * @param running sequences in the batch (gauge)
 * @param waiting requests in the queue (gauge)
 * @param kvBlocksTotal size of the KV block pool
 * @param kvBlocksFree free blocks (gauge)
 * @param promptTokens prompt tokens computed (counter)
 * @param generationTokens tokens generated (counter)
 * @param steps engine steps (counter)
 * @param stepNanos time spent in steps, nanoseconds (counter)
 * @param preemptions sequences put back for lack of blocks (counter)
 */
public record EngineMetrics(
    int running,
    int waiting,
    int kvBlocksTotal,
    int kvBlocksFree,
    long promptTokens,
    long generationTokens,
    long steps,
    long stepNanos,
    long preemptions) {}
