// Matrix products of a decode batch on Hopper: every weight is read once, so the time is that of the weights' way from
// memory, if only enough of them are under way all the time, the kernels' beginnings and ends included.
//
//   out[t, r] = sum_k w[r, k] x[t, k] + bias[r]
//
// Kernels (T is bf16 or f16, N the most tokens: 16, 32, 64 or 128)
//   penstock_decode_gemm_T_nN         out (tokens, rows) = x w^T + bias
//   penstock_decode_gemm_add_T_nN     residual (tokens, rows), float32, += x w^T + bias
//   penstock_decode_gemm_swiglu_T_nN  out (tokens, rows) = silu(g) * u, w (2 rows, k): gate rows, then up rows
//
// Weights are the A operand of wgmma, tokens the columns of its B operand, so a batch of 16 wastes nothing of the 64
// rows that an instruction has. A tile is 128 rows of weights, for swiglu 64 gate rows and the 64 up rows that belong
// to them. One thread feeds a ring of stages, 64 columns each of the tile and of x, by TMA; one warpgroup multiplies.
//   - About 100 KB of a multiprocessor are under way, and twice that fits: the blocks of the next product begin while
//     these still run, and fill their rings with weights before they wait for x.
//   - Where there are fewer tiles than multiprocessors, a cluster of 2, 4 or 8 blocks shares the columns of a tile, and
//     adds up its parts through distributed shared memory, in the blocks' order; where there are more, a block does
//     several tiles, all blocks the same number. That some multiprocessors then have nothing to do costs nothing:
//     memory is busy.
//
// Launch contract
//   grid     (clusters * S, 1, 1), cluster (S, 1, 1), S = 1, 2, 4 or 8. Clusters: exactly the number of tiles when
//            S > 1, any number when S = 1. Tiles: rows / 128, for swiglu rows / 64, rounded up
//   block    160
//   shared   dynamic: 111,616 (n16), 103,424 (n32), 99,328 (n64, n128)
//   wMap     tensor map of w in global memory, aligned to 64: {k, its rows}, 2-byte elements, box {64, 64}, 128-byte
//            swizzle, zeros outside
//   xMap     the same of x: {k, rows of the buffer}, box {64, N}. Rows behind the batch may hold anything
//   bias     (rows of w) or null
//   tokens   1 to N; out has no rows behind them that are written
//   ahead    k steps a block fetches into L2 before it waits, behind those in its ring
//   align    out and bias to 16 bytes; rows and k multiples of 8
//   sm_90a only; elsewhere the kernels trap
//
// Numerics: sums in float32, rounded once. The order of the sum depends on S, and on nothing else that a batch changes.

#include "decode_gemm.cuh"

#define PENSTOCK_DECODE_GEMM(NAME, T, N, OUT, OPERATION)                                                         \
  extern "C" __global__ void __launch_bounds__(160, N == 128 ? 2 : N == 64 ? 3 : 4)                         \
      NAME(OUT* out, const void* wMap, const void* xMap, const T* bias, int tokens, int rows, int k, int ahead) { \
    using namespace penstock::decode_gemm;                                                                       \
    run<T, Shape##N, Operation::OPERATION>({out, wMap, xMap, bias, tokens, rows, k, ahead});                     \
  }

PENSTOCK_DECODE_GEMM(penstock_decode_gemm_bf16_n16, __nv_bfloat16, 16, __nv_bfloat16, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_bf16_n32, __nv_bfloat16, 32, __nv_bfloat16, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_bf16_n64, __nv_bfloat16, 64, __nv_bfloat16, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_bf16_n128, __nv_bfloat16, 128, __nv_bfloat16, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_f16_n16, __half, 16, __half, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_f16_n32, __half, 32, __half, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_f16_n64, __half, 64, __half, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_f16_n128, __half, 128, __half, kStore)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_bf16_n16, __nv_bfloat16, 16, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_bf16_n32, __nv_bfloat16, 32, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_bf16_n64, __nv_bfloat16, 64, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_bf16_n128, __nv_bfloat16, 128, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_f16_n16, __half, 16, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_f16_n32, __half, 32, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_f16_n64, __half, 64, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_add_f16_n128, __half, 128, float, kAdd)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_bf16_n16, __nv_bfloat16, 16, __nv_bfloat16, kSwiglu)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_bf16_n32, __nv_bfloat16, 32, __nv_bfloat16, kSwiglu)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_bf16_n64, __nv_bfloat16, 64, __nv_bfloat16, kSwiglu)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_bf16_n128, __nv_bfloat16, 128, __nv_bfloat16, kSwiglu)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_f16_n16, __half, 16, __half, kSwiglu)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_f16_n32, __half, 32, __half, kSwiglu)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_f16_n64, __half, 64, __half, kSwiglu)
PENSTOCK_DECODE_GEMM(penstock_decode_gemm_swiglu_f16_n128, __half, 128, __half, kSwiglu)

#undef PENSTOCK_DECODE_GEMM
