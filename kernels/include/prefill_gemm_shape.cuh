// What the gated product of a prefill step is cut into; see prefill_gemm.cu.
#pragma once

#include <stdint.h>

namespace penstock::prefill_gemm {

constexpr int kStep = 64;  // of k: 128 bytes, the width of the swizzle
constexpr int kRowBytes = kStep * 2;
constexpr int kCluster = 2;     // blocks that share the tokens of a tile and have different rows
constexpr int kConsumers = 2;   // warpgroups of a block that multiply, each its own rows
constexpr int kWarpgroup = 128;
constexpr int kThreads = (kConsumers + 1) * kWarpgroup;
constexpr int kProducerRegisters = 40;  // of a thread; with the consumers' those of the launch
constexpr int kConsumerRegisters = 232;
constexpr int kConsumerRows = 64;  // of weights: wgmma's M
constexpr int kConsumerBytes = kConsumerRows * kRowBytes;
constexpr int kConsumerOutputs = kConsumerRows / 2;
constexpr int kWeightBytes = kConsumers * kConsumerBytes;
constexpr int kOutputs = kConsumers * kConsumerOutputs;  // of a tile
constexpr int kGroups = kOutputs / 8;                    // of eight gates and their ups
constexpr int kPitch = kConsumerOutputs * 2;             // bytes of a token in a consumer's staging
constexpr int kMostSharedBytes = 232448;                 // of a block

// kTokenColumns: tokens of a tile, a multiple of 16.
template <int kTokenColumns>
struct Shape {
  static constexpr int kN = kTokenColumns;
  static constexpr int kShareBytes = kN / kCluster * kRowBytes;  // of x: what each block of a cluster fetches for all
  static constexpr int kStageBytes = kWeightBytes + kN * kRowBytes;
  static constexpr int kStagingBytes = kN * kPitch;  // of a consumer
  static constexpr int kOtherBytes = kConsumers * kStagingBytes + 1024;  // to align to 1,024
  static constexpr int kStages = (kMostSharedBytes - kOtherBytes) / kStageBytes;
  static constexpr int kSharedBytes = kStages * kStageBytes + kOtherBytes;
  static_assert(kN % (8 * kCluster) == 0 && kN <= 256, "boxes of whole units of the swizzle; wgmma's N");
};

struct Arguments {
  void* out;            // T (tokens, rows)
  const void* out_map;  // tensor map of out
  const void* weights;  // tensor map
  const void* x;        // tensor map
  const void* bias;     // T (2 rows), gates then ups, or null
  int tokens;
  int rows;  // of out
  int k;
  int group;  // tiles of tokens that share a pass over the weights
};

}  // namespace penstock::prefill_gemm
