// Matrix products of a decode batch of 65 to 128 tokens on Hopper, where `decode_gemm` begins to be short of what the
// multiprocessors take from L2: with tiles of 128 rows of weights as many bytes of x as of weights go there.
//
//   out[t, r] = sum_k w[r, k] x[t, k] + bias[r]
//
// Kernels (T is bf16 or f16)
//   penstock_decode_wide_add_T     residual (tokens, rows), float32, += x w^T + bias; tiles of 64 rows, each computed by
//                                  the two blocks of a cluster, half of the columns each
//   penstock_decode_wide_swiglu_T  out (tokens, rows) = silu(g) * u, w (2 rows, k): gate rows, then up rows; tiles of 112
//                                  gate rows and the 112 up rows that belong to them
//
// Tokens are the rows of wgmma's A operand, 64 for each of two warpgroups, and weights the columns of its B operand, so a
// tile is as many weights as fill one round of the multiprocessors: for a layer of Llama-3.1-8B 128 tiles of gate and up.
// One thread feeds a ring of stages, 64 columns each of the tile and of x, by TMA, with weights before it waits for x.
// Sums of the two blocks of a cluster are added through distributed shared memory, in their order.
//
// Launch contract
//   grid     add: (2 ceil(rows / 64), 1, 1), cluster (2, 1, 1); swiglu: (ceil(rows / 112), 1, 1)
//   block    288
//   shared   dynamic: 197,632 (add), 181,248 (swiglu)
//   wMap     tensor map of w in global memory, aligned to 64: {k, its rows}, 2-byte elements, box {64, 64} (add) or {64, 112}
//            (swiglu), 128-byte swizzle, zeros outside
//   xMap     the same of x: {k, rows of the buffer}, box {64, 128}. Rows behind the batch may hold anything
//   bias     (rows of w) or null
//   tokens   1 to 128; out has no rows behind them that are written
//   align    out and bias to 16 bytes; rows and k multiples of 8
//   sm_90a only; elsewhere the kernels trap
//
// Numerics: sums in float32, rounded once. A token's bits depend on that token only.

#include "decode_wide.cuh"

namespace penstock::decode_wide {

using AddShape = Shape<64, 8>;
using SwigluShape = Shape<224, 4>;
static_assert(AddShape::kSharedBytes == 197632 && SwigluShape::kSharedBytes == 181248 && kThreads == 288,
              "launch contract");

}  // namespace penstock::decode_wide

#define PENSTOCK_DECODE_WIDE(NAME, T, OUT, SHAPE, OPERATION, RANKS)                                          \
  extern "C" __global__ void __launch_bounds__(288, 1)                                                       \
      NAME(OUT* out, const void* wMap, const void* xMap, const T* bias, int tokens, int rows, int k) {       \
    using namespace penstock::decode_wide;                                                                   \
    run<T, SHAPE, Operation::OPERATION, RANKS>({out, wMap, xMap, bias, tokens, rows, k});                    \
  }

PENSTOCK_DECODE_WIDE(penstock_decode_wide_add_bf16, __nv_bfloat16, float, AddShape, kAdd, 2)
PENSTOCK_DECODE_WIDE(penstock_decode_wide_add_f16, __half, float, AddShape, kAdd, 2)
PENSTOCK_DECODE_WIDE(penstock_decode_wide_swiglu_bf16, __nv_bfloat16, __nv_bfloat16, SwigluShape, kSwiglu, 1)
PENSTOCK_DECODE_WIDE(penstock_decode_wide_swiglu_f16, __half, __half, SwigluShape, kSwiglu, 1)

#undef PENSTOCK_DECODE_WIDE
