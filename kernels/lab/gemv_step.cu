// Times the GEMV family on weights that are read once, as a decode step does: single shapes, then all the
// matrix-vector products of a step of the Llama 3.1 8B shape in one graph, with programmatic dependent launch and
// without, in several divisions of the work. The step's results must be the same bits in every replay and with either
// kind of launch. Exit code 1 when they are not.

#include "gemv_kernels.cuh"

namespace {

using T = __nv_bfloat16;
constexpr int kHidden = 4096, kQkv = 6144, kFfn = 14336, kVocab = 128256, kLayers = 32, kMaxTokens = 4;

// Weights between 1/128 and 1/64 of either sign: a row of 4096 of them times a normalised vector is about 0.7.
__global__ void fill(uint4* to, size_t count) {
  for (size_t i = blockIdx.x * size_t{blockDim.x} + threadIdx.x; i < count; i += size_t{gridDim.x} * blockDim.x) {
    uint32_t words[4];
    for (int j = 0; j < 4; ++j) {
      uint64_t h = (4 * i + j) * 0x9E3779B97F4A7C15ull;
      h ^= h >> 31;
      h *= 0xBF58476D1CE4E5B9ull;
      words[j] = (static_cast<uint32_t>(h >> 29) & 0x807f807fu) | 0x3c003c00u;
    }
    to[i] = make_uint4(words[0], words[1], words[2], words[3]);
  }
}

// Stands for attention at short context: reads q, writes as much.
__global__ void stand_in(T* out, const T* qkv) {
  penstock::pdl_launch_dependents();
  penstock::pdl_wait();
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const volatile T* from = qkv + static_cast<size_t>(blockIdx.y) * kQkv + i;
  const uint16_t bits = *reinterpret_cast<const volatile uint16_t*>(from);
  reinterpret_cast<uint16_t*>(out)[static_cast<size_t>(blockIdx.y) * kHidden + i] = bits;
}

// Other divisions of the work than the ones in the module, to see whether those are the right ones.
template <int kRows, int kChunks, int kBlocks>
__global__ void __launch_bounds__(512, kBlocks)
    other_normed(T* out, const T* w, const float* residual, const T* gain, float eps, const T* bias, int rows, int k) {
  penstock::gemv::normed<T, 1, kRows, kChunks>(out, w, residual, gain, eps, bias, rows, k);
}
template <int kRows, int kChunks, int kBlocks>
__global__ void __launch_bounds__(512, kBlocks)
    other_swiglu(T* out, const T* w, const float* residual, const T* gain, float eps, const T* bias, int ffn, int k) {
  penstock::gemv::normed_swiglu<T, 1, kRows, kChunks>(out, w, residual, gain, eps, bias, ffn, k);
}
template <int kRows, int kChunks, int kBlocks>
__global__ void __launch_bounds__(512, kBlocks)
    other_add(float* residual, const T* w, const T* x, const T* bias, int rows, int k) {
  penstock::gemv::add<T, 1, kRows, kChunks>(residual, w, x, bias, rows, k);
}
template <int kRows, int kChunks, int kBlocks>
__global__ void __launch_bounds__(512, kBlocks)
    other_logits(float* out, const T* w, const float* residual, const int* rows, const T* gain, float eps, int vocab,
                 int k) {
  penstock::gemv::normed_logits<T, 1, kRows, kChunks>(out, w, residual, rows, gain, eps, vocab, k);
}

struct Choice {
  const void* kernel;
  lab::Geometry geometry;
};

// The five products of a step: qkv, o, gate-up, down, head.
struct Step {
  const char* name;
  int tokens;
  Choice qkv, o, gate_up, down, head;
};

Choice standard(lab::Operation operation, int tokens, int outputs, int k) {
  const lab::Geometry g = lab::gemv_plan(operation, outputs, k);
  return {lab::gemv_kernel<T>(operation, tokens, g.chunks), g};
}

Step standard_step(const char* name, int tokens) {
  return {name,
          tokens,
          standard(lab::kNormed, tokens, kQkv, kHidden),
          standard(lab::kAdd, tokens, kHidden, kHidden),
          standard(lab::kSwiglu, tokens, kFfn, kHidden),
          standard(lab::kAdd, tokens, kHidden, kFfn),
          standard(lab::kLogits, tokens, kVocab, kHidden)};
}

template <int kRows, int kChunks>
lab::Geometry geometry(int outputs, int rows_per_output, int k) {
  return {kChunks, outputs * rows_per_output / kRows, (k / 8 / kChunks + 31) / 32 * 32};
}

#define PENSTOCK_OTHER(kernel) reinterpret_cast<const void*>(&kernel<kRows, kChunks, kBlocks>)

template <int kRows, int kChunks, int kBlocks>
Step with_hidden(Step step) {
  step.qkv = {PENSTOCK_OTHER(other_normed), geometry<kRows, kChunks>(kQkv, 1, kHidden)};
  step.o = {PENSTOCK_OTHER(other_add), geometry<kRows, kChunks>(kHidden, 1, kHidden)};
  return step;
}
template <int kRows, int kChunks, int kBlocks>
Step with_wide(Step step) {
  step.gate_up = {PENSTOCK_OTHER(other_swiglu), geometry<kRows, kChunks>(kFfn, 2, kHidden)};
  step.head = {PENSTOCK_OTHER(other_logits), geometry<kRows, kChunks>(kVocab, 1, kHidden)};
  return step;
}
template <int kRows, int kChunks, int kBlocks>
Step with_down(Step step) {
  step.down = {PENSTOCK_OTHER(other_add), geometry<kRows, kChunks>(kHidden, 1, kFfn)};
  return step;
}

Step named(const char* name, Step step) {
  step.name = name;
  return step;
}

struct Buffers {
  lab::DeviceArray<T> weights{kWeights}, gain, table, qkv{kMaxTokens * kQkv}, attended{kMaxTokens * kHidden},
      activated{kMaxTokens * kFfn};
  lab::DeviceArray<float> residual{kMaxTokens * kHidden}, logits{size_t{kMaxTokens} * kVocab};
  lab::DeviceArray<int> ids, inputs{kMaxTokens}, rows;

  static constexpr size_t kLayerWeights =
      size_t{kQkv} * kHidden + size_t{kHidden} * kHidden + 3 * size_t{kFfn} * kHidden;
  static constexpr size_t kWeights = kLayers * kLayerWeights + size_t{kVocab} * kHidden;

  explicit Buffers(std::mt19937_64& random)
      : gain(lab::random_values<T>(kHidden, 1.0f, random)),
        table(lab::random_values<T>(16 * kHidden, 1.0f, random)),
        ids(std::vector<int>{3, 1, 4, 15}),
        rows(std::vector<int>{0, 1, 2, 3}) {
    fill<<<2048, 256>>>(reinterpret_cast<uint4*>(weights.get()), kWeights / 8);
    CHECK(cudaDeviceSynchronize());
  }
};

lab::GemvCall<T> call_of(const Buffers& b, void* out, const T* w, const T* x) {
  lab::GemvCall<T> call;
  call.out = out, call.w = w, call.x = x;
  call.residual = b.residual.get(), call.rows = b.rows.get(), call.gain = b.gain.get();
  return call;
}

void enqueue(const Step& s, const Buffers& b, cudaStream_t stream, bool pdl) {
  const auto gemv = [&](lab::Operation operation, const Choice& c, void* out, const T* w, const T* x, int outputs,
                        int k) {
    lab::launch_gemv<T>(operation, c.kernel, c.geometry, call_of(b, out, w, x), outputs, k, stream, pdl);
  };
  const T* w = b.weights.get();
  lab::launch(reinterpret_cast<const void*>(&penstock_embedding_bf16), dim3(s.tokens), 512, stream, false,
              b.residual.get(), static_cast<const T*>(b.table.get()), static_cast<const int*>(b.ids.get()),
              static_cast<const int*>(b.ids.get()), b.inputs.get(), kHidden);
  for (int layer = 0; layer < kLayers; ++layer) {
    gemv(lab::kNormed, s.qkv, b.qkv.get(), w, nullptr, kQkv, kHidden);
    w += size_t{kQkv} * kHidden;
    lab::launch(reinterpret_cast<const void*>(&stand_in), dim3(kHidden / 128, s.tokens), 128, stream, pdl,
                b.attended.get(), static_cast<const T*>(b.qkv.get()));
    gemv(lab::kAdd, s.o, b.residual.get(), w, b.attended.get(), kHidden, kHidden);
    w += size_t{kHidden} * kHidden;
    gemv(lab::kSwiglu, s.gate_up, b.activated.get(), w, nullptr, kFfn, kHidden);
    w += 2 * size_t{kFfn} * kHidden;
    gemv(lab::kAdd, s.down, b.residual.get(), w, b.activated.get(), kHidden, kFfn);
    w += size_t{kHidden} * kFfn;
  }
  gemv(lab::kLogits, s.head, b.logits.get(), w, nullptr, kVocab, kHidden);
}

bool finite(const std::vector<float>& values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return false;
  }
  return true;
}

bool run_step(const Step& s, Buffers& b, double copy) {
  lab::Graph plain([&](cudaStream_t stream) { enqueue(s, b, stream, false); });
  lab::Graph overlapped([&](cudaStream_t stream) { enqueue(s, b, stream, true); });
  const size_t count = static_cast<size_t>(s.tokens) * kVocab;
  b.logits.poison();
  plain.run();
  const auto expected = b.logits.download();
  int wrong = 0;
  for (int i = 0; i < 12; ++i) {
    b.logits.poison();
    overlapped.run();
    if (!lab::same_bits(b.logits.download(), expected, count)) ++wrong;
  }
  const bool holds = wrong == 0 && finite(expected, count);
  const double without = plain.time(10), with = overlapped.time(20);
  const double bytes = 2.0 * Buffers::kWeights;
  std::printf("%s  N=%d  %-24s %.3f ms (%.3f without overlap)  %.3f TB/s  %3.0f %% of copy  %4.0f steps/s  logit %.4f%s\n",
              holds ? "ok  " : "FAIL", s.tokens, s.name, with, without, bytes / with / 1e9,
              100 * bytes / with * 1e3 / copy, 1e3 / with, expected[0],
              wrong > 0 ? "  BITS DIFFER between replays" : "");
  return holds;
}

// One shape over and over on other weights.
void time_shape(const char* name, lab::Operation operation, int tokens, int outputs, int k, const Buffers& b,
                double copy) {
  const size_t size = size_t{1} * outputs * k * (operation == lab::kSwiglu ? 2 : 1);
  const int repeats = static_cast<int>(std::min<size_t>(Buffers::kWeights / size, 40));
  void* out = operation == lab::kAdd      ? static_cast<void*>(b.residual.get())
              : operation == lab::kLogits ? static_cast<void*>(b.logits.get())
                                          : static_cast<void*>(b.activated.get());
  const T* x = k == kHidden ? b.attended.get() : b.activated.get();
  lab::Graph graph([&](cudaStream_t stream) {
    for (int i = 0; i < repeats; ++i) {
      lab::launch_gemv<T>(operation, tokens, call_of(b, out, b.weights.get() + i * size, x), outputs, k,
                          stream, i > 0);
    }
  });
  char what[64];
  std::snprintf(what, sizeof what, "N=%d  %-16s %-9s", tokens, lab::kOperationNames[operation], name);
  lab::print_rate(what, 2.0 * size, graph.time(7) / repeats, copy);
}

}  // namespace

int main() {
  std::mt19937_64 random(1);
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s\n", copy / 1e12);
  Buffers b(random);
  // x of the single shapes: any numbers but zeros.
  CHECK(cudaMemcpy(b.attended.get(), b.table.get(), kMaxTokens * kHidden * sizeof(T), cudaMemcpyDeviceToDevice));
  CHECK(cudaMemset(b.activated.get(), 0x3C, kMaxTokens * kFfn * sizeof(T)));
  CHECK(cudaMemset(b.residual.get(), 0x3C, kMaxTokens * kHidden * sizeof(float)));

  bool holds = true;
  const Step standard1 = standard_step("as in the module", 1);
  holds = run_step(standard1, b, copy) && holds;
  holds = run_step(standard_step("as in the module", 2), b, copy) && holds;
  holds = run_step(standard_step("as in the module", 4), b, copy) && holds;
  holds = run_step(named("wide: 8 rows", with_wide<8, 2, 1>(standard1)), b, copy) && holds;
  holds = run_step(named("wide: 2 rows", with_wide<2, 2, 2>(standard1)), b, copy) && holds;
  holds = run_step(named("wide: 4 rows of 4", with_wide<4, 4, 1>(standard1)), b, copy) && holds;
  holds = run_step(named("wide: 2 rows of 4", with_wide<2, 4, 2>(standard1)), b, copy) && holds;
  holds = run_step(named("hidden: 8 rows", with_hidden<8, 2, 1>(standard1)), b, copy) && holds;
  holds = run_step(named("hidden: 2 rows", with_hidden<2, 2, 2>(standard1)), b, copy) && holds;
  holds = run_step(named("hidden: 2 rows of 4", with_hidden<2, 4, 2>(standard1)), b, copy) && holds;
  holds = run_step(named("hidden: 4 rows of 4", with_hidden<4, 4, 1>(standard1)), b, copy) && holds;
  holds = run_step(named("down: 4 rows of 4", with_down<4, 4, 1>(standard1)), b, copy) && holds;
  holds = run_step(named("down: 1 row of 4", with_down<1, 4, 2>(standard1)), b, copy) && holds;
  holds = run_step(named("down: 1 row of 7", with_down<1, 7, 2>(standard1)), b, copy) && holds;
  holds = run_step(named("down: 2 rows of 7", with_down<2, 7, 1>(standard1)), b, copy) && holds;
  holds = run_step(named("down: 4 rows of 7", with_down<4, 7, 1>(standard1)), b, copy) && holds;
  for (const int tokens : {1, 2, 4}) {
    time_shape("qkv", lab::kNormed, tokens, kQkv, kHidden, b, copy);
    time_shape("o", lab::kAdd, tokens, kHidden, kHidden, b, copy);
    time_shape("gate-up", lab::kSwiglu, tokens, kFfn, kHidden, b, copy);
    time_shape("down", lab::kAdd, tokens, kHidden, kFfn, b, copy);
    time_shape("head", lab::kLogits, tokens, kVocab, kHidden, b, copy);
  }
  std::printf(holds ? "gemv_step: all right\n" : "gemv_step: FAILED\n");
  return holds ? 0 : 1;
}
