// Checks the Hopper prefill attention against double precision, then times it and its variants against the rate of
// wgmma alone. Exit code 1 when a result is off, 3 when a kernel hangs. Needs code for sm_90a (lab/run knows).
// -DPENSTOCK_WATCHDOG names the barrier at which a kernel is stuck.

#include <cudaTypedefs.h>

#include <cstring>

#include "../src/attention_prefill_hopper.cu"
#include "attention_reference.cuh"
#include "watchdog.cuh"

namespace {

using namespace penstock::attention_prefill_hopper;
using lab::Input;
using lab::Layout;

// Where warps are stuck, in a program built with -DPENSTOCK_WATCHDOG.
int* stuck_report = nullptr;

void print_stuck() {
  constexpr const char* kNames[] = {"queries full", "queries empty", "keys full",
                                    "keys empty",   "values full",   "values empty"};
  for (int warp = 0; stuck_report != nullptr && warp < 16; ++warp) {
    const int* report = stuck_report + 4 * warp;
    if (report[3] == 0) continue;
    // Shared memory begins at 1,024, and the barriers with it.
    const int index = (report[1] - 1024) / 8;
    std::printf("      block %d warp %d waits for %s, stage %d, parity %d (barrier at %d)\n", report[0], warp,
                index >= 0 && index < 12 ? kNames[index / 2] : "?", index % 2, report[2], report[1]);
  }
}

lab::Watchdog watchdog(30, print_stuck);

// The library's kernels and variants of them, by one signature.
template <typename T, class S, bool kTurns>
__global__ void __launch_bounds__(S::kThreads, 1) variant(T* out, const void* map, const int4* tiles, int tile_count,
                                                          int heads, int kv_heads, int section, float scale) {
  run<T, S, kTurns>(out, {map, tiles, tile_count, heads, kv_heads, section, scale});
}

template <typename T>
using Kernel = void (*)(T*, const void*, const int4*, int, int, int, int, float);

template <typename T>
struct Candidate {
  const char* name;
  Kernel<T> kernel;
  int rows, threads, shared_bytes;
};

template <class S, typename T>
Candidate<T> candidate(const char* name, Kernel<T> kernel) {
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, S::kSharedBytes));
  return {name, kernel, S::kRows, S::kThreads, S::kSharedBytes};
}

Candidate<__nv_bfloat16> library(__nv_bfloat16, int head_dim) {
  return head_dim == 128 ? candidate<Shape128>("library", penstock_attention_prefill_hopper_bf16_d128)
                         : candidate<Shape64>("library", penstock_attention_prefill_hopper_bf16_d64);
}
Candidate<__half> library(__half, int head_dim) {
  return head_dim == 128 ? candidate<Shape128>("library", penstock_attention_prefill_hopper_f16_d128)
                         : candidate<Shape64>("library", penstock_attention_prefill_hopper_f16_d64);
}

// The map of qkv that the kernel reads through; the Java side makes the same.
CUtensorMap map_of(const void* qkv, const Layout& layout, int rows) {
  static PFN_cuTensorMapEncodeTiled_v12000 encode = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found;
    CHECK(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found));
    return reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(function);
  }();
  const cuuint64_t sizes[] = {static_cast<cuuint64_t>(layout.width()), static_cast<cuuint64_t>(rows)};
  const cuuint64_t strides[] = {static_cast<cuuint64_t>(layout.width()) * 2};
  const cuuint32_t box[] = {64, 64}, steps[] = {1, 1};
  alignas(64) CUtensorMap map;
  const CUresult status =
      encode(&map, CU_TENSOR_MAP_DATA_TYPE_UINT16, 2, const_cast<void*>(qkv), sizes, strides, box, steps,
             CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
             CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (status != CUDA_SUCCESS) {
    std::printf("cuTensorMapEncodeTiled fails with %d\n", status);
    std::exit(2);
  }
  return map;
}

// One batch on the GPU, ready to run.
template <typename T>
class Batch {
 public:
  // `slack` rows behind the last token are NaN; with `bounded` the map ends before them.
  Batch(const Layout& layout, std::vector<int> lengths, int slack, bool bounded)
      : layout(layout),
        lengths(std::move(lengths)),
        tokens(total(this->lengths)),
        qkv(static_cast<size_t>(tokens + slack) * layout.width()),
        out(static_cast<size_t>(tokens + kGuard) * layout.heads * layout.head_dim),
        scale(1.0f / std::sqrt(static_cast<float>(layout.head_dim))),
        map_(std::vector<CUtensorMap>{map_of(qkv.get(), layout, tokens + (bounded ? 0 : slack))}),
        tiles_(this->lengths.size() + (tokens + 63) / 64) {
    qkv.poison();
    for (int at = 0, s = 0; s < static_cast<int>(this->lengths.size()); at += this->lengths[s++]) starts.push_back(at);
  }

  void fill(Input input, unsigned long long seed) {
    for (size_t s = 0; s < lengths.size(); ++s) fill(s, input, seed + s);
  }
  void fill(int sequence, Input input, unsigned long long seed) {
    lab::fill_sequence<<<1024, 256>>>(qkv.get(), layout, starts[sequence], lengths[sequence], input, seed);
    CHECK(cudaGetLastError());
  }

  // The work list: tiles with most rows before them first.
  void plan(int rows) {
    std::vector<int4> tiles;
    for (size_t s = 0; s < lengths.size(); ++s) {
      for (int first = 0; first < lengths[s]; first += rows) tiles.push_back({starts[s], lengths[s], first, 0});
    }
    std::stable_sort(tiles.begin(), tiles.end(), [](const int4& a, const int4& b) { return a.z > b.z; });
    count_ = static_cast<int>(tiles.size());
    CHECK(cudaMemcpy(tiles_.get(), tiles.data(), tiles.size() * sizeof(int4), cudaMemcpyHostToDevice));
  }

  void run(const Candidate<T>& c, int section, bool programmatic = false) {
    int sms = 0;
    CHECK(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0));
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(std::min(sms, count_ * layout.heads));
    config.blockDim = dim3(c.threads);
    config.dynamicSmemBytes = c.shared_bytes;
    config.attrs = &attribute;
    config.numAttrs = programmatic ? 1 : 0;
    CHECK(cudaLaunchKernelEx(&config, c.kernel, out.get(), static_cast<const void*>(map_.get()),
                             static_cast<const int4*>(tiles_.get()), count_, layout.heads, layout.kv_heads, section,
                             scale));
  }

  static constexpr int kGuard = 3;  // rows of `out` that nobody may write
  const Layout layout;
  const std::vector<int> lengths;
  const int tokens;
  std::vector<int> starts;
  lab::DeviceArray<T> qkv, out;
  const float scale;

 private:
  static int total(const std::vector<int>& lengths) {
    int sum = 0;
    for (const int length : lengths) sum += length;
    return sum;
  }
  lab::DeviceArray<CUtensorMap> map_;
  lab::DeviceArray<int4> tiles_;
  int count_ = 0;
};

template <typename T>
double tolerance() {
  return std::is_same_v<T, __half> ? 8e-4 : 5e-3;
}

// Every element of the given rows.
template <typename T>
std::vector<double> expected(Batch<T>& batch, const std::vector<lab::Row>& rows) {
  constexpr int kBlocks = 2048;
  const int longest = *std::max_element(batch.lengths.begin(), batch.lengths.end());
  lab::DeviceArray<lab::Row> device_rows(rows);
  lab::DeviceArray<double> scratch(static_cast<size_t>(kBlocks) * longest);
  lab::DeviceArray<double> out(rows.size() * batch.layout.heads * batch.layout.head_dim);
  lab::reference<<<kBlocks, 128>>>(out.get(), batch.qkv.get(), batch.layout, device_rows.get(),
                                   static_cast<int>(rows.size()), static_cast<double>(batch.scale), scratch.get(),
                                   longest);
  CHECK(cudaGetLastError());
  return out.download();
}

template <typename T>
std::vector<lab::Row> all_rows(const Batch<T>& batch) {
  std::vector<lab::Row> rows;
  for (size_t s = 0; s < batch.lengths.size(); ++s) {
    for (int i = 0; i < batch.lengths[s]; ++i) rows.push_back({batch.starts[s], batch.lengths[s], i});
  }
  return rows;
}

// Where a wrong result begins: its first wrong element, and a corner of that head to read a permutation from.
template <typename T>
void explain(const Batch<T>& batch, const std::vector<T>& actual, const std::vector<double>& wanted,
             const lab::Row& row, size_t wanted_row, int head) {
  const int dim = batch.layout.head_dim, width = batch.layout.heads * dim;
  std::printf("      first wrong row: sequence at %d of length %d, position %d, head %d\n", row.start, row.length,
              row.position, head);
  for (int d = 0; d < dim; d += d < 4 ? 1 : d < 8 ? 4 : d < 32 ? 8 : 16) {
    const size_t at = static_cast<size_t>(row.start + row.position) * width + head * dim + d;
    std::printf("      dim %3d  got %12.5g  wanted %12.5g\n", d, static_cast<double>(float(actual[at])),
                wanted[wanted_row * width + head * dim + d]);
  }
}

// Compares rows; the error of a row counts too, so that a single wrong one is seen among thousands.
template <typename T>
bool compare(const std::string& label, Batch<T>& batch, const std::vector<lab::Row>& rows) {
  const auto actual = batch.out.download();
  const auto wanted = expected(batch, rows);
  const int dim = batch.layout.head_dim, heads = batch.layout.heads, width = heads * dim;
  double difference = 0, norm = 0, worst = 0;
  size_t wrong = 0, first_row = 0;
  int first_head = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (int h = 0; h < heads; ++h) {
      const T* got = actual.data() + static_cast<size_t>(rows[r].start + rows[r].position) * width + h * dim;
      const double* want = wanted.data() + r * width + h * dim;
      double row_difference = 0, row_norm = 0;
      for (int d = 0; d < dim; ++d) {
        const double e = static_cast<double>(float(got[d])) - want[d];
        row_difference += e * e;
        row_norm += want[d] * want[d];
      }
      difference += row_difference;
      norm += row_norm;
      const double error = std::sqrt(row_difference / row_norm);
      worst = error > worst ? error : worst;
      if (!(error < 4 * tolerance<T>()) && wrong++ == 0) first_row = r, first_head = h;
    }
  }
  size_t touched = 0;
  for (size_t i = static_cast<size_t>(batch.tokens) * width; i < actual.size(); ++i) {
    unsigned short bits;
    std::memcpy(&bits, &actual[i], 2);
    touched += bits != 0xffff;
  }
  const double error = std::sqrt(difference / norm);
  const bool holds = error < tolerance<T>() && wrong == 0 && touched == 0;
  std::printf("%s  %-58s error %.1e  worst row %.1e  wrong rows %zu of %zu  written behind the end %zu\n",
              holds ? "ok  " : "FAIL", label.c_str(), error, worst, wrong, rows.size() * heads, touched);
  if (wrong > 0) explain(batch, actual, wanted, rows[first_row], first_row, first_head);
  std::fflush(stdout);
  return holds;
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b, size_t begin, size_t end) {
  return std::memcmp(a.data() + begin, b.data() + begin, (end - begin) * sizeof(T)) == 0;
}

std::string describe(const char* type, const char* input, const Layout& layout, const std::vector<int>& lengths) {
  std::string text = std::string(type) + " d" + std::to_string(layout.head_dim) + " " + std::to_string(layout.heads) +
                     "/" + std::to_string(layout.kv_heads) + " heads " + input + ":";
  for (const int length : lengths) text += " " + std::to_string(length);
  return text;
}

template <typename T>
constexpr const char* kTypeName = std::is_same_v<T, __half> ? "f16 " : "bf16";
constexpr const char* kInputNames[] = {"random", "sharp", "growing", "uniform", "ones", "pick"};

template <typename T>
bool check(const Layout& layout, const std::vector<int>& lengths, Input input, bool bounded) {
  const std::string label = describe(kTypeName<T>, kInputNames[static_cast<int>(input)], layout, lengths);
  watchdog.begin(label);
  Batch<T> batch(layout, lengths, 300, bounded);
  batch.fill(input, 11);
  const auto kernel = library(T(), layout.head_dim);
  batch.plan(kernel.rows);
  batch.out.poison();
  batch.run(kernel, layout.heads);
  CHECK(cudaGetLastError());
  CHECK(cudaDeviceSynchronize());
  return compare(label, batch, all_rows(batch));
}

// Same bits in every run, launched one into another, and with the heads in sections; same bits for all sequences when
// one of them is NaN throughout.
template <typename T>
bool check_bits(const Layout& layout) {
  Batch<T> batch(layout, {700, 1, 129, 2000, 64, 333, 128, 1500}, 300, false);
  const std::string label = describe(kTypeName<T>, "bits", layout, batch.lengths);
  watchdog.begin(label);
  batch.fill(Input::kRandom, 21);
  const auto kernel = library(T(), layout.head_dim);
  batch.plan(kernel.rows);
  batch.out.poison();
  batch.run(kernel, layout.heads);
  const auto first = batch.out.download();
  int differing = 0;
  for (int i = 0; i < 20; ++i) {
    batch.out.poison();
    for (int k = 0; k < 3; ++k) batch.run(kernel, i % 2 == 0 ? layout.heads : layout.heads / layout.kv_heads, true);
    differing += !same_bits(first, batch.out.download(), 0, first.size());
  }
  constexpr int kBroken = 3;
  CHECK(cudaMemset(batch.qkv.get() + static_cast<size_t>(batch.starts[kBroken]) * layout.width(), 0xff,
                   static_cast<size_t>(batch.lengths[kBroken]) * layout.width() * 2));
  batch.run(kernel, layout.heads);
  const auto beside_nan = batch.out.download();
  const size_t row = static_cast<size_t>(layout.heads) * layout.head_dim;
  const bool alone = same_bits(first, beside_nan, 0, batch.starts[kBroken] * row) &&
                     same_bits(first, beside_nan, batch.starts[kBroken + 1] * row, batch.tokens * row);
  const bool holds = differing == 0 && alone;
  std::printf("%s  %s  differing runs %d of 20, neighbours of a NaN sequence %s\n", holds ? "ok  " : "FAIL",
              label.c_str(), differing, alone ? "unchanged" : "CHANGED");
  std::fflush(stdout);
  return holds;
}

// wgmma alone: two consumers multiply what lies in shared memory, again and again.
__global__ void __launch_bounds__(256, 1) matrix_units(float* sink, int rounds) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  extern __shared__ uint8_t ceiling_shared[];
  const uint32_t shared = (penstock::shared_address(ceiling_shared) + 1023u) & ~1023u;
  for (int i = threadIdx.x; i < 65536 / 4; i += 256) {
    const uint32_t value = lab::mix(i) & 0x807f807fu | 0x3f003f00u;
    asm volatile("st.shared.u32 [%0], %1;" ::"r"(shared + 4 * i), "r"(value) : "memory");
  }
  penstock::fence_shared_for_engines();
  __syncthreads();
  float scores[64];
  for (int i = 0; i < 64; ++i) scores[i] = 0.0f;
  const uint32_t query = shared + __shfl_sync(~0u, threadIdx.x / 128, 0) * 16384;
  for (int i = 0; i < rounds; ++i) {
    penstock::wgmma_fence();
    multiply_keys<__nv_bfloat16, Shape128>(scores, query, shared + 32768);
    penstock::wgmma_commit();
    penstock::wgmma_wait<0>();
    penstock::settle(scores);
  }
  if (scores[0] == 1.25f) sink[threadIdx.x] = scores[1];
#endif
}

double ceiling() {
  lab::DeviceArray<float> sink(256);
  CHECK(cudaFuncSetAttribute(matrix_units, cudaFuncAttributeMaxDynamicSharedMemorySize, 66560));
  constexpr int kRounds = 4000;
  const double ms = lab::median_ms(5, [&](int) { matrix_units<<<132, 256, 66560>>>(sink.get(), kRounds); });
  CHECK(cudaGetLastError());
  return 132.0 * kRounds * 2 * 64 * 128 * 128 * 2 / ms / 1e9;
}

// Time of one launch, in a row of several: what a layer's share is.
template <typename T>
void time(const Candidate<T>& c, Batch<T>& batch, int section, double ceiling_rate) {
  batch.plan(c.rows);
  const int in_a_row = batch.tokens > 20000 ? 1 : 4;
  const double ms = lab::median_ms(7, [&](int) {
    for (int i = 0; i < in_a_row; ++i) batch.run(c, section);
  }) / in_a_row;
  CHECK(cudaGetLastError());
  double flops = 0;
  for (const int length : batch.lengths) {
    flops += 4.0 * batch.layout.heads * batch.layout.head_dim * (static_cast<double>(length) * (length + 1) / 2);
  }
  const double rate = flops / ms / 1e9;
  std::printf("      d%-3d %2zu x %-6d %-22s section %2d  %9.1f us  %4.0f TFLOP/s  %3.0f %% of wgmma alone\n",
              batch.layout.head_dim, batch.lengths.size(), batch.lengths[0], c.name, section, ms * 1e3, rate,
              100 * rate / ceiling_rate);
  std::fflush(stdout);
}

template <typename T>
bool time_shape(int head_dim, int sequences, int length, const std::vector<Candidate<T>>& variants,
                double ceiling_rate) {
  const Layout layout = {32, 8, head_dim};
  watchdog.begin("timing " + std::to_string(sequences) + " x " + std::to_string(length));
  Batch<T> batch(layout, std::vector<int>(sequences, length), 64, false);
  batch.fill(Input::kRandom, 31);
  bool holds = true;
  for (const auto& c : variants) {
    batch.out.poison();
    time(c, batch, layout.heads, ceiling_rate);
    // A few rows of what was timed, spread over the sequences and tiles.
    std::vector<lab::Row> rows;
    for (int i = 0; i < 12; ++i) {
      const int s = i * 5 % sequences;
      rows.push_back({batch.starts[s], length, static_cast<int>((i * 2654435761u >> 4) % length)});
    }
    rows.push_back({batch.starts[sequences - 1], length, length - 1});
    holds = compare(std::string("  timed ") + c.name, batch, rows) && holds;
  }
  for (const int section : {16, 8, 4}) time(variants[0], batch, section, ceiling_rate);
  return holds;
}

template <typename T>
bool check_type() {
  bool holds = true;
  const auto run_case = [&](const Layout& layout, const std::vector<int>& lengths, Input input, bool bounded = false) {
    holds = check<T>(layout, lengths, input, bounded) && holds;
  };
  for (const int dim : {128, 64}) {
    // One tile, then a second K tile, each input by itself: which of these fail tells what is wrong.
    for (const int length : {64, 128, 384}) {
      for (const Input input : {Input::kOnes, Input::kUniform, Input::kPick, Input::kRandom, Input::kSharp,
                                Input::kGrowing}) {
        if (input != Input::kPick || length <= 128) run_case({1, 1, dim}, {length}, input);
      }
    }
    for (const int length : {1, 2, 63, 65, 127, 129, 191, 192, 193, 500, 513, 1000}) {
      run_case({4, 2, dim}, {length}, Input::kRandom);
    }
    run_case({8, 2, dim}, {4096}, Input::kRandom);
    run_case({4, 1, dim}, {2500}, Input::kGrowing);
    run_case({4, 1, dim}, {2500}, Input::kSharp);
    const std::vector<int> mixed = {1, 300, 64, 2, 129, 1000, 63, 127, 128, 65, 513, 7, 255, 256, 257};
    for (const int group : {1, 2, 4, 7, 8}) {
      run_case({2 * group, 2, dim}, mixed, Input::kRandom);
      run_case({2 * group, 2, dim}, mixed, Input::kGrowing, true);
    }
    run_case({32, 8, dim}, {200, 1, 90, 517, 333, 128}, Input::kRandom);
    watchdog.begin("bits");
    holds = check_bits<T>({8, 2, dim}) && holds;
  }
  return holds;
}

// Whether this program has the code at all: one built for sm_90 has only the trap.
__global__ void tell_architecture(int* has_wgmma) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  *has_wgmma = 1;
#else
  *has_wgmma = 0;
#endif
}

}  // namespace

int main() {
  lab::DeviceArray<int> has_wgmma(1);
  tell_architecture<<<1, 1>>>(has_wgmma.get());
  CHECK(cudaGetLastError());
  if (has_wgmma.download()[0] != 1) {
    std::printf("built without sm_90a: -gencode arch=compute_90a,code=sm_90a\n");
    return 2;
  }
#if defined(PENSTOCK_WATCHDOG)
  CHECK(cudaHostAlloc(&stuck_report, 16 * 4 * sizeof(int), cudaHostAllocMapped));
  std::memset(stuck_report, 0, 16 * 4 * sizeof(int));
  CHECK(cudaMemcpyToSymbol(penstock::stuck_report, &stuck_report, sizeof(stuck_report)));
#endif
  bool holds = check_type<__nv_bfloat16>();
  holds = check_type<__half>() && holds;

  watchdog.begin("wgmma alone");
  const double rate = ceiling();
  std::printf("      wgmma alone %.0f TFLOP/s\n", rate);
  using T = __nv_bfloat16;
  const std::vector<Candidate<T>> wide = {library(T(), 128),
                                          candidate<Shape128>("without turns", variant<T, Shape128, false>)};
  for (const auto& [sequences, length] : {std::pair(16, 512), {8, 1000}, {4, 2048}, {1, 8192}, {1, 32768}}) {
    holds = time_shape<T>(128, sequences, length, wide, rate) && holds;
  }
  using Pair64 = Shape<64, 2>;
  const std::vector<Candidate<T>> narrow = {library(T(), 64),
                                            candidate<Shape64>("without turns", variant<T, Shape64, false>),
                                            candidate<Pair64>("two consumers", variant<T, Pair64, true>)};
  for (const auto& [sequences, length] : {std::pair(16, 512), {4, 2048}, {1, 8192}}) {
    holds = time_shape<T>(64, sequences, length, narrow, rate) && holds;
  }
  std::printf(holds ? "all ok\n" : "SOME FAILED\n");
  return holds ? 0 : 1;
}
