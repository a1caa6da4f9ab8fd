// What the sampling kernels share with each other and with the host: the layout of the one region that the host
// uploads a step, of the results that it copies back, and of the workspace between the two kernels.
//
// The host writes the same numbers from Java (backend.cuda.SamplingUpload and SamplingResults); the assertions below
// and a test there hold both to them. All integers are little-endian.
//
// Upload: header (16 bytes) | rows (96 bytes each) | tail of 4-byte words. A row's lists stand in the tail; `start`
// counts words from the beginning of the region. Pairs begin at even words.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace penstock::sampling {

constexpr int kNone = -1;  // the token of a row whose logits are not finite

// ---- upload

constexpr uint32_t kGreedy = 1;      // temperature 0
constexpr uint32_t kLogprobs = 2;    // wants log-probabilities
constexpr uint32_t kAdjusts = 4;     // any of bias, suppressed, counts, mask
constexpr uint32_t kPenalties = 8;   // has repetition, presence or frequency penalties
constexpr uint32_t kAddInput = 16;   // the row's input token was generated, and the counts do not know it yet

struct UploadHeader {
  int rows;  // rows of the grid beyond them are padding: nothing is written for them
  int unused[3];
};

struct __align__(16) SampleRow {
  float inverse_temperature;
  float min_p;
  int top_k;  // 0: all
  uint32_t flags;
  double top_p;
  double presence;
  double frequency;
  float repetition;
  int top_logprobs;     // 0..20
  uint32_t seed[2];     // low, high
  uint32_t choice;
  uint32_t position;    // tokens generated before this one
  int bias_start;       // pairs (id, float bits)
  int bias_count;
  int suppressed_start;  // ids
  int suppressed_count;
  int count_start;  // pairs (id, times generated; 0 for one that only the prompt has); ids unique
  int count_count;
  int mask_start;  // ceil(vocab / 32) words, bit set: allowed; -1 for no mask
  int unused;
};

static_assert(sizeof(UploadHeader) == 16, "SamplingUpload.HEADER_BYTES");
static_assert(sizeof(SampleRow) == 96, "SamplingUpload.ROW_BYTES");
static_assert(offsetof(SampleRow, top_p) == 16 && offsetof(SampleRow, repetition) == 40 &&
                  offsetof(SampleRow, seed) == 48 && offsetof(SampleRow, bias_start) == 64 &&
                  offsetof(SampleRow, mask_start) == 88,
              "SamplingUpload writes at these offsets");

__device__ __forceinline__ const SampleRow& upload_row(const uint32_t* upload, int row) {
  return reinterpret_cast<const SampleRow*>(upload + sizeof(UploadHeader) / 4)[row];
}

__device__ __forceinline__ int upload_rows(const uint32_t* upload) {
  return reinterpret_cast<const UploadHeader*>(upload)->rows;
}

// ---- results

constexpr int kMaxTop = 20;

struct SampleRecord {
  float logprob;
  int top_count;
  int top_ids[kMaxTop];         // best first
  float top_logprobs[kMaxTop];
};

static_assert(sizeof(SampleRecord) == 168, "SamplingResults.RECORD_BYTES");

// ---- workspace of penstock_sample_slices and penstock_sample_rows
//
// A row of logits is cut into slices of 4,096 tokens, one block each, and a slice into 32 groups of 128 tokens with
// consecutive ids. What is known of a group lets the second kernel skip nearly all of the row.
//
// A row of the workspace: slices (SliceStats) | group maxima | group masses | raw group maxima (floats; the last only
// for rows that are adjusted and want log-probabilities). 416 bytes a slice, a fortieth of the logits.

constexpr int kGroup = 128;
constexpr int kGroupsPerSlice = 32;
constexpr int kSlice = kGroup * kGroupsPerSlice;
constexpr int kMaxVocab = 327680;
constexpr int kMaxGroups = kMaxVocab / kGroup;

constexpr uint32_t kHasNan = 1;
constexpr uint32_t kRawHasNan = 2;

struct SliceStats {
  unsigned long long best;  // ranked() of the best adjusted logit; 0 when none is above -infinity
  float raw_max;            // of the raw logits; the three only for rows with log-probabilities
  float raw_sum;            // of exp(logit - raw_max)
  uint32_t flags;
  uint32_t unused[3];
};

static_assert(sizeof(SliceStats) == 32, "SamplingPlan.WORKSPACE_BYTES_PER_SLICE");

struct RowWorkspace {
  SliceStats* slices;
  float* group_max;   // adjusted
  float* group_mass;  // sum of exp((logit - slice's max) / temperature), adjusted
  float* raw_group_max;
};

__device__ __forceinline__ RowWorkspace row_workspace(void* workspace, int row, int slices) {
  const size_t bytes = static_cast<size_t>(slices) * (sizeof(SliceStats) + 3 * sizeof(float) * kGroupsPerSlice);
  char* at = static_cast<char*>(workspace) + row * bytes;
  RowWorkspace w;
  w.slices = reinterpret_cast<SliceStats*>(at);
  w.group_max = reinterpret_cast<float*>(at + slices * sizeof(SliceStats));
  w.group_mass = w.group_max + slices * kGroupsPerSlice;
  w.raw_group_max = w.group_mass + slices * kGroupsPerSlice;
  return w;
}

}  // namespace penstock::sampling
