// Everything of a decoder layer between two attentions for a decode batch on Hopper, in one kernel: each weight is
// read once, and the stream of weights from memory never stops.
//
//   residual += attended o^T + bias                       normed = rmsNorm(residual) * postGain
//   activated = silu(normed gate^T) * (normed up^T)
//   residual += activated down^T + bias                   normed = rmsNorm(residual) * nextGain
//   out = normed qkv^T + bias                             (the next layer's q, k and v)
//
// Kernels (T is bf16 or f16, N the most tokens: 16, 32, 64 or 128)
//   penstock_decode_layer_T_nN
//
// Separate kernels lose about 20 us of a layer's 165 at their beginnings and ends. Here a block stays on each
// multiprocessor and takes units of work (tiles of 128 rows of weights, as in decode_gemm.cu; parts of k where tiles
// are few) from a counter, in the order of the products. Weights wait for nothing: one thread copies those of the
// block's coming units into a ring of 11 stages, across the products' borders, while another thread copies the
// activations, in a ring of their own, when what they need is done. So while a norm is computed the rings fill: 25 MB
// on a card, 8 us of its memory's bandwidth.
//
// What a unit needs is told by counters in `control` (decode_layer_sync.cuh): all parts of o for the norm behind it,
// all tokens of the norm for gate and up, for a part of down the tiles of gate and up that make its columns, and so
// on. A unit waits only for units with smaller numbers, which blocks that run have drawn: so it never hangs, however
// few of the blocks run at once. Norms are done by blocks whose multiplying warps have nothing else to do yet.
//
// Parts of k leave float32 sums in `partials`, each at its place; who comes after them (the norm, for q, k and v the
// block that arrives last at a tile) adds them up in the parts' order. So the result does not depend on who did what.
//
// Launch contract
//   grid       blocks, best as many as multiprocessors; any number is right
//   block      192 (n16, n32, n64, n128)
//   shared     dynamic, see Shape below
//   maps       of weights: {k, rows}, box {64, 64}; of activations {k, rows of the buffer}, box {64, N}; 2-byte
//              elements, 128-byte swizzle, zeros outside; in global memory, aligned to 64. A null map of weights
//              leaves out that product; with down out also the norm behind it. nextGain null: there only the residual
//              is needed. Rows behind the batch may hold anything
//   biases     null for none; gate and up have none
//   control    769 + .. words (kControlWords), zero before the kernel before this one began; of this launch alone
//   partials   max(oSplits hidden, downSplits hidden, qkvSplits qkvRows) * tokens floats
//   splits     1 to 16, at most the steps of 64 columns
//   tokens     1 to N; no row behind them is written
//   align      everything to 16 bytes; hidden, ffn, qkvRows and the width of attended are multiples of 8; qkvRows at
//              most 32,768
//   sm_90a only; elsewhere the kernels trap
//
// Numerics: sums in float32, the residual stream too; normed, activated and out are rounded once. The order of sums
// depends on the splits, and on nothing else that a batch changes.

#include "decode_layer.cuh"

namespace penstock::decode_layer {

using Shape16 = Shape<16, 1, 12, 8, 8, 5, 2>;
using Shape32 = Shape<32, 1, 12, 6, 8, 5, 2>;
using Shape64 = Shape<64, 1, 9, 6, 8, 4, 2>;
using Shape128 = Shape<128, 2, 9, 4, 4, 4, 2>;

}  // namespace penstock::decode_layer

#define PENSTOCK_DECODE_LAYER(NAME, T, SHAPE)                                                                          \
  extern "C" __global__ void __launch_bounds__(penstock::decode_layer::SHAPE::kThreads, 1)                             \
      NAME(float* residual, T* normed, T* activated, T* out, float* partials, uint32_t* control,                      \
           const void* oMap, const void* attendedMap, const T* oBias, const void* gateUpMap, const void* normedMap,   \
           const void* downMap, const void* activatedMap, const T* downBias, const void* qkvMap, const T* qkvBias,    \
           const T* postGain, const T* nextGain, float eps, int tokens, int hidden, int attended, int ffn,            \
           int qkvRows, int oSplits, int downSplits, int qkvPieces) {                                      \
    using namespace penstock::decode_layer;                                                                           \
    run<T, SHAPE>({{oMap, attendedMap, oBias, oMap == nullptr ? 0 : hidden, attended, oSplits},                       \
                   {gateUpMap, normedMap, nullptr, gateUpMap == nullptr ? 0 : ffn, hidden, 1},                        \
                   {downMap, activatedMap, downBias, downMap == nullptr ? 0 : hidden, ffn, downSplits},               \
                   {qkvMap, normedMap, qkvBias, qkvMap == nullptr ? 0 : qkvRows, hidden, qkvPieces},                  \
                   residual, postGain, nextGain, normed, activated, out, partials, control, eps, tokens});     \
  }

PENSTOCK_DECODE_LAYER(penstock_decode_layer_bf16_n16, __nv_bfloat16, Shape16)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_bf16_n32, __nv_bfloat16, Shape32)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_bf16_n64, __nv_bfloat16, Shape64)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_bf16_n128, __nv_bfloat16, Shape128)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_f16_n16, __half, Shape16)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_f16_n32, __half, Shape32)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_f16_n64, __half, Shape64)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_f16_n128, __half, Shape128)

#undef PENSTOCK_DECODE_LAYER
