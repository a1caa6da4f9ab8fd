/** What NVIDIA's management library tells of a GPU, for metrics; optional. */
package io.penstock.engine.backend.cuda.nvml;
