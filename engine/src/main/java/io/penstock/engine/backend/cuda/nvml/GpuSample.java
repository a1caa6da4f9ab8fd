package io.penstock.engine.backend.cuda.nvml;

/**
 * One look at a GPU, all processes on it included.
 *
 * @param memoryUsed bytes
 * @param memoryTotal bytes
 * @param utilizationPercent share of the last sampling period (up to a second) in which a kernel
 *     ran
 * @param powerWatts averaged over the last second on recent GPUs
 */
public record GpuSample(
    long memoryUsed, long memoryTotal, int utilizationPercent, double powerWatts) {}
