// The gated matrix product of a prefill step on Hopper, with the gate in the same kernel: the product of gate and up
// projection is more than half of a step's work, and what a kernel for the gate alone reads and writes of it (86 KB a
// token for Llama-3.1-8B) never goes to memory.
//
//   out[t, r] = silu(g) * u,  g = sum_k w[r, k] x[t, k] + bias[r],  u = sum_k w[rows + r, k] x[t, k] + bias[rows + r]
//
// Kernels (T is bf16 or f16, N the tokens of a tile: 128, 144, ... 256)
//   penstock_prefill_gemm_swiglu_T_nN
//   penstock_prefill_gemm_swiglu_T_n256_nR   tiles of two sizes, R is 128 or 208
//
// After CUTLASS's warp-specialised persistent kernels: a thread feeds a ring of stages by TMA, two warpgroups multiply,
// blocks stay for tile after tile.
//   - Weights are the A operand of wgmma and tokens the columns of its B operand: a tile has 128 rows of weights and any
//     multiple of 16 tokens up to 256, so that a number of tokens can be cut into as many tiles as fill whole rounds of
//     the multiprocessors. Wide tiles read less shared memory for the same work, which also means less power, and
//     power is what limits long products.
//   - Groups of 8 gate rows and the 8 up rows that belong to them follow each other in shared memory: the map of w has
//     four dimensions. A thread's fragments, rows eight apart, are then gate and up of the same outputs.
//   - A cluster of two blocks shares the tokens of a tile: each fetches half of them for both.
//   - When a tile is done its gates and ups are rounded to T and put aside, which frees the sums for the next tile. The
//     gate is applied beside that one's first products, and outputs leave through shared memory by the copy engine: with
//     the gate between two tiles the tensor cores had nothing to do for a twentieth of the time.
//   - Where tiles of one size leave a last round nearly empty, the first `wideRows` rows of tiles are 256 tokens wide and
//     the rest R, so that both fill whole rounds.
//   - Tiles of up to `group` tiles of tokens come before the next rows of weights.
//
// Launch contract
//   grid     (2 * clusters, 1, 1), cluster (2, 1, 1); any number is right, best is one block a multiprocessor
//   block    384
//   shared   dynamic, see Shape::kSharedBytes: 214,016 (n128), 228,352 (n144), 205,824 (n160), 218,112 (n176),
//            230,400 (n192), 199,680 (n208), 209,920 (n224), 220,160 (n240), 230,400 (n256, also with two sizes)
//   outMap   tensor map of out in global memory, aligned to 64: {rows, tokens or more}, 2-byte elements, box {32, N},
//            64-byte swizzle
//   wMap     the same of w (2 rows, k), gate rows first: {k, 8, 2, rows / 8} with strides {2 k, 2 k rows, 16 k} bytes,
//            box {64, 8, 2, 8}, 128-byte swizzle, zeros outside
//   xMap     the same of x: {k, rows of the buffer}, box {64, N / 2}, 128-byte swizzle. Rows behind the batch may hold
//            anything
//   bias     (2 rows) or null
//   tokens   any number; out has no rows behind them that are written
//   group    at least 1: tiles of tokens that share a pass over the weights
//   restOutMap, restXMap   with two sizes: maps of out and x with boxes for R instead of 256
//   wideRows with two sizes: rows of tiles, of 128 outputs, that are in wide ones; more than there are is right
//   align    out and bias to 16 bytes; rows and k multiples of 8
//   sm_90a only; elsewhere the kernels trap
//
// Numerics: sums in float32, gates and ups rounded to T, the gate in float32, rounded: as with a kernel for the gate. A
// token's bits depend on that token only, and not on N.

#include "prefill_gemm_split.cuh"

namespace penstock::prefill_gemm {

using Shape128 = Shape<128>;
using Shape144 = Shape<144>;
using Shape160 = Shape<160>;
using Shape176 = Shape<176>;
using Shape192 = Shape<192>;
using Shape208 = Shape<208>;
using Shape224 = Shape<224>;
using Shape240 = Shape<240>;
using Shape256 = Shape<256>;
static_assert(Shape128::kSharedBytes == 214016 && Shape144::kSharedBytes == 228352 &&
                  Shape160::kSharedBytes == 205824 && Shape176::kSharedBytes == 218112 &&
                  Shape192::kSharedBytes == 230400 && Shape208::kSharedBytes == 199680 &&
                  Shape224::kSharedBytes == 209920 && Shape240::kSharedBytes == 220160 &&
                  Shape256::kSharedBytes == 230400 && kThreads == 384,
              "launch contract");

}  // namespace penstock::prefill_gemm

#define PENSTOCK_PREFILL_GEMM(NAME, T, N)                                                                          \
  extern "C" __global__ void __launch_bounds__(384, 1)                                                             \
      NAME(T* out, const void* outMap, const void* wMap, const void* xMap, const T* bias, int tokens, int rows, int k, \
           int group) {                                                                                            \
    using namespace penstock::prefill_gemm;                                                                        \
    run<T, Shape##N>({out, outMap, wMap, xMap, bias, tokens, rows, k, group});                                    \
  }

PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n128, __nv_bfloat16, 128)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n144, __nv_bfloat16, 144)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n160, __nv_bfloat16, 160)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n176, __nv_bfloat16, 176)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n192, __nv_bfloat16, 192)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n208, __nv_bfloat16, 208)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n224, __nv_bfloat16, 224)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n240, __nv_bfloat16, 240)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_bf16_n256, __nv_bfloat16, 256)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n128, __half, 128)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n144, __half, 144)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n160, __half, 160)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n176, __half, 176)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n192, __half, 192)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n208, __half, 208)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n224, __half, 224)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n240, __half, 240)
PENSTOCK_PREFILL_GEMM(penstock_prefill_gemm_swiglu_f16_n256, __half, 256)

#define PENSTOCK_PREFILL_GEMM_SPLIT(NAME, T, R)                                                                      \
  extern "C" __global__ void __launch_bounds__(384, 1)                                                               \
      NAME(T* out, const void* outMap, const void* wMap, const void* xMap, const T* bias, int tokens, int rows, int k, \
           int group, const void* restOutMap, const void* restXMap, int wideRows) {                                  \
    using namespace penstock::prefill_gemm;                                                                          \
    run_split<T, Shape256, RestShape<R, Shape256>>(                                                                  \
        {out, outMap, wMap, xMap, bias, tokens, rows, k, group, restOutMap, restXMap, wideRows});                    \
  }

PENSTOCK_PREFILL_GEMM_SPLIT(penstock_prefill_gemm_swiglu_bf16_n256_n128, __nv_bfloat16, 128)
PENSTOCK_PREFILL_GEMM_SPLIT(penstock_prefill_gemm_swiglu_bf16_n256_n208, __nv_bfloat16, 208)
PENSTOCK_PREFILL_GEMM_SPLIT(penstock_prefill_gemm_swiglu_f16_n256_n128, __half, 128)
PENSTOCK_PREFILL_GEMM_SPLIT(penstock_prefill_gemm_swiglu_f16_n256_n208, __half, 208)

#undef PENSTOCK_PREFILL_GEMM_SPLIT
#undef PENSTOCK_PREFILL_GEMM
