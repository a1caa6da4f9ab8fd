// Random sequences in a paged cache for the attention labs, and the attention of one row in double precision.
#pragma once

#include <cstring>
#include <string>

#include "../include/kv_layout.cuh"
#include "attention_plan.cuh"
#include "check.cuh"

namespace lab {

template <typename T>
T to_element(float value);
template <>
inline __nv_bfloat16 to_element<__nv_bfloat16>(float value) { return __float2bfloat16(value); }
template <>
inline __half to_element<__half>(float value) { return __float2half(value); }
inline double to_double(__nv_bfloat16 value) { return __bfloat162float(value); }
inline double to_double(__half value) { return __half2float(value); }

template <typename T>
constexpr double tolerance();
template <>
constexpr double tolerance<__nv_bfloat16>() { return 6e-3; }
template <>
constexpr double tolerance<__half>() { return 1.2e-3; }

template <typename T>
constexpr const char* type_name();
template <>
constexpr const char* type_name<__nv_bfloat16>() { return "bf16"; }
template <>
constexpr const char* type_name<__half>() { return "f16"; }

// About normal: the sum of four uniform numbers, with variance 1.
inline float draw(std::mt19937_64& random) {
  const uint64_t bits = random();
  const float sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
  return (sum / 65536.0f - 2.0f) * 1.7320508f;
}

template <typename T>
std::vector<T> random_elements(size_t count, float scale, std::mt19937_64& random) {
  std::vector<T> values(count);
  for (auto& value : values) value = to_element<T>(draw(random) * scale);
  return values;
}

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
  auto cache = random_elements<T>(std::max(1, layout.blocks) * heads.block_elements(), 1.0f, random);
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

// Milliseconds of one of `count` launches that run one after the other in a CUDA graph, each on its own data.
inline double graph_ms(int count, int runs, const std::function<void(int, cudaStream_t)>& launch) {
  cudaStream_t stream;
  CHECK(cudaStreamCreate(&stream));
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  for (int i = 0; i < count; ++i) launch(i, stream);
  CHECK(cudaStreamEndCapture(stream, &graph));
  CHECK(cudaGraphInstantiate(&executable, graph, 0));
  cudaEvent_t start, stop;
  CHECK(cudaEventCreate(&start));
  CHECK(cudaEventCreate(&stop));
  std::vector<double> times;
  for (int i = 0; i < runs + 2; ++i) {
    CHECK(cudaEventRecord(start, stream));
    CHECK(cudaGraphLaunch(executable, stream));
    CHECK(cudaEventRecord(stop, stream));
    CHECK(cudaEventSynchronize(stop));
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, start, stop));
    if (i >= 2) times.push_back(ms);
  }
  CHECK(cudaEventDestroy(start));
  CHECK(cudaEventDestroy(stop));
  CHECK(cudaGraphExecDestroy(executable));
  CHECK(cudaGraphDestroy(graph));
  CHECK(cudaStreamDestroy(stream));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2] / count;
}

// A launch that may begin while the one before it drains.
template <typename... Parameters, typename... Arguments>
void launch_programmatic(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared, cudaStream_t stream,
                         Arguments... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &attribute;
  config.numAttrs = 1;
  CHECK(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...));
}

// Bytes a second, read plus written, of a copy of 1 GiB on this card.
inline double copy_rate() {
  constexpr size_t kBytes = 512u << 20;
  DeviceArray<char> from(kBytes), to(kBytes);
  fill(from.get(), kBytes);
  const double ms = median_ms(10, [&](int) { CHECK(cudaMemcpyAsync(to.get(), from.get(), kBytes, cudaMemcpyDeviceToDevice)); });
  return 2.0 * kBytes / ms * 1e3;
}

inline int multiprocessors() {
  int count = 0;
  CHECK(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, 0));
  return count;
}

}  // namespace lab
