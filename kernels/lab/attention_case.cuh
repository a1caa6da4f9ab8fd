// Random sequences in a paged cache for the attention labs, and the attention of one row in double precision.
#pragma once

#include <cstring>
#include <string>

#include "../include/kv_layout.cuh"
#include "attention_plan.cuh"
#include "graph.cuh"
#include "typed.cuh"

namespace lab {

// Of attention: probabilities are rounded to T before they meet the values.
template <typename T>
constexpr double attention_tolerance() { return std::is_same_v<T, __half> ? 1.2e-3 : 6e-3; }

// About normal: the sum of four uniform numbers, with variance 1.
inline float draw(std::mt19937_64& random) {
  const uint64_t bits = random();
  const float sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
  return (sum / 65536.0f - 2.0f) * 1.7320508f;
}

// Kernels of attention over pages, which all take the same arguments.
template <typename T>
using KernelPointer = void (*)(T*, const T*, const T*, const int*, const int*, float*, int*, int, int, int, float);

// The kernel of a family by its element type and head size.
#define PENSTOCK_BY_HEAD_SIZE(SYMBOL)    \
  switch (dim) {                         \
    case 16: return SYMBOL##_d16;        \
    case 32: return SYMBOL##_d32;        \
    case 64: return SYMBOL##_d64;        \
    case 80: return SYMBOL##_d80;        \
    case 96: return SYMBOL##_d96;        \
    case 128: return SYMBOL##_d128;      \
    default: return SYMBOL##_d256;       \
  }
#define PENSTOCK_ATTENTION_KERNEL(NAME, SYMBOL)                                                      \
  template <typename T>                                                                              \
  lab::KernelPointer<T> NAME(int dim);                                                               \
  template <>                                                                                        \
  lab::KernelPointer<__nv_bfloat16> NAME(int dim) { PENSTOCK_BY_HEAD_SIZE(SYMBOL##_bf16) }           \
  template <>                                                                                        \
  lab::KernelPointer<__half> NAME(int dim) { PENSTOCK_BY_HEAD_SIZE(SYMBOL##_f16) }

// Fills with finite numbers of magnitude 0.5 to 1, on the GPU: timings must not run on zeros.
__global__ void fill_kernel(unsigned* to, size_t count, unsigned exponents) {
  for (size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x; i < count;
       i += static_cast<size_t>(gridDim.x) * blockDim.x) {
    unsigned h = static_cast<unsigned>(i) * 2654435761u;
    h = (h ^ h >> 13) * 0x5bd1e995u;
    h ^= h >> 15;
    to[i] = (h & 0x807f807fu) | exponents;
  }
}
inline void fill(void* to, size_t bytes) {
  fill_kernel<<<1024, 256>>>(static_cast<unsigned*>(to), bytes / 4, 0x3f003f00u);
  CHECK(cudaGetLastError());
}

struct Heads {
  int kv_heads, group, dim;
  int query_heads() const { return kv_heads * group; }
  int row() const { return (kv_heads * group + 2 * kv_heads) * dim; }
  size_t block_elements() const { return static_cast<size_t>(kv_heads) * penstock::kv::head_vectors(dim) * 8; }
};

// Sequences with shuffled blocks. block_ids are the tables laid end to end.
struct Layout {
  std::vector<SequenceShape> sequences;
  std::vector<int> block_start, query_start, block_ids;
  int blocks = 0, tokens = 0;

  Layout(std::vector<SequenceShape> shapes, std::mt19937_64& random) : sequences(std::move(shapes)) {
    for (const auto& s : sequences) {
      block_start.push_back(blocks);
      query_start.push_back(tokens);
      blocks += ceil_div(s.context, kPage);
      tokens += s.queries;
    }
    block_ids.resize(std::max(1, blocks));
    std::iota(block_ids.begin(), block_ids.end(), 0);
    std::shuffle(block_ids.begin(), block_ids.begin() + blocks, random);
  }
};

// A cache of random elements in which the places beyond each sequence's tokens are NaN.
template <typename T>
std::vector<T> random_cache(const Layout& layout, const Heads& heads, std::mt19937_64& random) {
  const int dim = heads.dim;
  auto cache = random_values<T>(std::max(1, layout.blocks) * heads.block_elements(), 1.0f, random);
  T nan;
  std::memset(static_cast<void*>(&nan), 0xff, sizeof(T));
  for (size_t s = 0; s < layout.sequences.size(); ++s) {
    const int context = layout.sequences[s].context;
    if (context % kPage == 0) continue;
    const int id = layout.block_ids[layout.block_start[s] + context / kPage];
    for (int h = 0; h < heads.kv_heads; ++h) {
      T* head = cache.data() + penstock::kv::head_offset(id, h, heads.kv_heads, dim) * 8;
      for (int token = context % kPage; token < kPage; ++token) {
        for (int d = 0; d < dim; ++d) {
          head[penstock::kv::element(token, d, dim)] = nan;
          head[penstock::kv::part_vectors(dim) * 8 + penstock::kv::element(token, d, dim)] = nan;
        }
      }
    }
  }
  return cache;
}

// Attention of the query at `position` of sequence s, query head `head`: positions (position - window, position].
template <typename T>
std::vector<double> reference_row(const Layout& layout, const Heads& heads, const std::vector<T>& cache, const T* query,
                                  int s, int head, int position, int window, double scale) {
  const int dim = heads.dim;
  const int first = window > 0 ? std::max(0, position - window + 1) : 0;
  const auto head_of = [&](int t) {
    const int id = layout.block_ids[layout.block_start[s] + t / kPage];
    return cache.data() + penstock::kv::head_offset(id, head / heads.group, heads.kv_heads, dim) * 8;
  };
  std::vector<double> scores;
  double maximum = -1e300;
  for (int t = first; t <= position; ++t) {
    const T* keys = head_of(t);
    double dot = 0;
    for (int d = 0; d < dim; ++d) dot += to_double(query[d]) * to_double(keys[penstock::kv::element(t % kPage, d, dim)]);
    scores.push_back(dot * scale);
    maximum = std::max(maximum, scores.back());
  }
  std::vector<double> out(dim, 0.0);
  double weight = 0;
  for (int t = first; t <= position; ++t) {
    const T* values = head_of(t) + penstock::kv::part_vectors(dim) * 8;
    const double p = std::exp(scores[t - first] - maximum);
    weight += p;
    for (int d = 0; d < dim; ++d) out[d] += p * to_double(values[penstock::kv::element(t % kPage, d, dim)]);
  }
  for (double& o : out) o /= weight;
  return out;
}

// Squared difference and norm, collected over rows.
struct Error {
  double difference = 0, norm = 0;

  template <typename T>
  void add(const T* actual, const std::vector<double>& expected) {
    for (size_t i = 0; i < expected.size(); ++i) {
      const double d = to_double(actual[i]) - expected[i];
      difference += d * d;
      norm += expected[i] * expected[i];
    }
  }
  double relative() const { return std::sqrt(difference / norm); }
};

inline int multiprocessors() {
  int count = 0;
  CHECK(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, 0));
  return count;
}

}  // namespace lab
