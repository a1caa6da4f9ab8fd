/**
 * The backend for NVIDIA GPUs: bf16 or f16 weights and activations, a float32 residual stream, our
 * own kernels beside cuBLASLt, decode steps as CUDA graphs.
 */
package io.penstock.engine.backend.cuda;
