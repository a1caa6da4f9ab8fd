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
  static constexpr bool kRest = false;
  static constexpr int kShareBytes = kN / kCluster * kRowBytes;  // of x: what each block of a cluster fetches for all
  static constexpr int kStageBytes = kWeightBytes + kN * kRowBytes;
  static constexpr int kStagingBytes = kN * kPitch;  // of a consumer
  static constexpr int kOtherBytes = kConsumers * kStagingBytes + 1024;  // to align to 1,024
  static constexpr int kStages = (kMostSharedBytes - kOtherBytes) / kStageBytes;
  static constexpr int kSharedBytes = kStages * kStageBytes + kOtherBytes;
  static_assert(kN % (8 * kCluster) == 0 && kN <= 256, "boxes of whole units of the swizzle; wgmma's N");
};

// Tiles of kTokenColumns tokens in the ring and the staging of larger ones.
template <int kTokenColumns, class Wide>
struct RestShape : Shape<kTokenColumns> {
  static constexpr bool kRest = true;
  static constexpr int kStageBytes = Wide::kStageBytes;
  static constexpr int kStages = Wide::kStages;
  static_assert(kTokenColumns < Wide::kN, "the rest of the tiles is smaller");
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
  // With tiles of two sizes: the maps of those of the rest, and the rows of tiles that come before.
  const void* rest_out_map = nullptr;
  const void* rest_x = nullptr;
  int wide_rows = 0;
};

}  // namespace penstock::prefill_gemm
