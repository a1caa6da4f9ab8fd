// Everything of a decoder layer between two attentions for a decode batch on Hopper, in one kernel: each weight is
// read once, and the stream of weights from memory does not stop between products.
//
//   residual += attended o^T + bias                       normed = rmsNorm(residual) * postGain
//   activated = silu(normed gate^T) * (normed up^T)
//   residual += activated down^T + bias                   normed = rmsNorm(residual) * nextGain
//   out = normed qkv^T + bias                             (the next layer's q, k and v)
//
// Kernels (T is bf16 or f16, N the most tokens: 16, 32 or 64; at 128 today's single products are faster, as there
// activations from L2 are as many bytes as weights)
//   penstock_decode_layer_T_nN
//
// Single kernels lose about 20 us of a layer's 165 (Llama 3.1 8B, 32 tokens, H100) at their beginnings and ends. Here a
// block stays on each multiprocessor and draws units of work from a counter: tiles of 128 rows of weights as in
// decode_gemm.cu, for o and down in parts of k, for q, k and v in equal pieces of all tiles' steps. Weights wait for
// nothing: one thread copies those of the block's coming units into a ring, across the products' borders; another
// copies activations into a ring of their own when what they need is done. While a norm is computed the rings fill: 25
// MB on a card, 8 us of its memory's bandwidth. But no more than a few stages are under way at once, fewer yet where
// the unit cannot begin: else those that everybody waits for, and the activations, stand behind them in the queue.
//
// What a unit needs is told by counters in `control` (decode_layer_sync.cuh): all units of o for the norm behind it,
// all tokens of the norm for gate and up, for a part of down the tiles of gate and up that make its columns, and so on.
// A unit waits only for units with smaller numbers, which blocks that run have drawn, and those come first in them; so
// it never hangs, however few of the blocks run at once. Norms have warps of their own, which draw tokens.
//
// Parts of a tile leave float32 sums in `partials`, each at its place; the norm behind them, for q, k and v the warps
// that normed before, add them up in the parts' order. So the result does not depend on who did what.
//
// Launch contract
//   grid      (blocks, 1, 1): best as many as multiprocessors, any number is right
//   block     448
//   shared    dynamic: 214,016 (n16), 222,208 (n32), 197,632 (n64)
//   maps      of weights: {k, rows}, box {64, 64}; of activations: {k, rows of the buffer}, box {64, N}; 2-byte
//             elements, 128-byte swizzle, zeros outside; in global memory, aligned to 64. gateUpMap: gate rows, then up
//             rows, ffn each. A null map of weights leaves out that product, and those behind it must be null too; the
//             norms belong to o and down. Rows of activations behind the batch may hold anything
//   gains     (hidden); nextGain null: the second norm only adds to the residual, as after the last layer
//   biases    oBias, downBias (hidden), qkvBias (qkvRows), or null; gate and up have none
//   control   1,024 words of this launch alone, zero; zeroed by what completes before the kernel ahead of this one
//             begins, as they are used before pdl_wait(). A launch leaves them used up
//   partials  tokens * max(oSplits * hidden, downSplits * hidden, parts * qkvRows) floats of any content; parts: most
//             pieces that have something of one tile of qkv, at most ceil(k / 64) / floor(steps / qkvPieces) + 2,
//             where steps = ceil(qkvRows / 128) * ceil(hidden / 64)
//   oSplits, downSplits  1 to 16, at most the steps of 64 columns of their k
//   qkvPieces 1 to `steps`; best as many as blocks
//   tokens    1 to N; no row behind them is written
//   align     everything to 16 bytes; hidden, attended, ffn and qkvRows multiples of 8; qkvRows at most 32,768
//   sm_90a only; elsewhere the kernels trap
//
// Numerics: sums in float32, the residual stream too; normed, activated and out are rounded once. The order of sums
// depends on the splits and pieces, and on nothing else that a batch changes.

#include "decode_layer.cuh"

#define PENSTOCK_DECODE_LAYER(NAME, T, SHAPE)                                                                        \
  extern "C" __global__ void __launch_bounds__(448, 1)                                                               \
      NAME(float* residual, T* normed, T* activated, T* out, float* partials, uint32_t* control, const void* oMap,   \
           const void* attendedMap, const T* oBias, const void* gateUpMap, const void* normedMap,                    \
           const void* downMap, const void* activatedMap, const T* downBias, const void* qkvMap, const T* qkvBias,   \
           const T* postGain, const T* nextGain, float eps, int tokens, int hidden, int attended, int ffn,           \
           int qkvRows, int oSplits, int downSplits, int qkvPieces) {                                                \
    using namespace penstock::decode_layer;                                                                          \
    run<T, SHAPE>({{oMap, attendedMap, oBias, oMap == nullptr ? 0 : hidden, attended, oSplits},                      \
                   {gateUpMap, normedMap, nullptr, gateUpMap == nullptr ? 0 : ffn, hidden, 1},                       \
                   {downMap, activatedMap, downBias, downMap == nullptr ? 0 : hidden, ffn, downSplits},              \
                   {qkvMap, normedMap, qkvBias, qkvMap == nullptr ? 0 : qkvRows, hidden, qkvPieces},                 \
                   residual, postGain, nextGain, normed, activated, out, partials, control, eps, tokens});           \
  }

PENSTOCK_DECODE_LAYER(penstock_decode_layer_bf16_n16, __nv_bfloat16, Shape16)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_bf16_n32, __nv_bfloat16, Shape32)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_bf16_n64, __nv_bfloat16, Shape64)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_f16_n16, __half, Shape16)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_f16_n32, __half, Shape32)
PENSTOCK_DECODE_LAYER(penstock_decode_layer_f16_n64, __half, Shape64)

#undef PENSTOCK_DECODE_LAYER
