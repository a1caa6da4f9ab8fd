package io.penstock.engine.backend;

/**
 * A device as a whole, whatever runs on it. A figure that it does not tell is -1.
 *
 * @param memoryUsedBytes memory in use, by this process or others
 * @param memoryTotalBytes its memory
 * @param utilizationPercent share of the time in which it computed, lately
 * @param powerWatts power that it draws
 * @param waitedNanos time in which it waited for the host between steps that followed one another,
 *     nanoseconds since the start (counter)
 * @param computedNanos time from the arrival of steps' metadata to their last kernel, by the
 *     device's own clock, nanoseconds since the start (counter)
 */
public record DeviceFigures(
    long memoryUsedBytes,
    long memoryTotalBytes,
    double utilizationPercent,
    double powerWatts,
    long waitedNanos,
    long computedNanos) {}
