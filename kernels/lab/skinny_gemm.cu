// Checks the skinny matrix products against double precision, then times them: single shapes with every split of k, and
// all the products of a decode step of the Llama 3.1 8B shape in one graph with the norms between them. cuBLASLt's
// best takes 5.16, 5.23 and 5.21 ms for the layers' products alone at 16, 32 and 64 tokens on an H100 (without norms,
// residual adds and gates). Exit code 1 when a result is off.

#include "../src/rms_norm.cu"
#include "../src/skinny_gemm.cu"
#include "graph.cuh"
#include "typed.cuh"

namespace {

enum Operation { kPlain, kAdd, kSwiglu, kOperations };
const char* const kNames[] = {"gemm", "gemm_add", "gemm_swiglu"};

#define PENSTOCK_ADDRESS(symbol) reinterpret_cast<const void*>(&penstock_##symbol)
#define PENSTOCK_SPLITS(name)                                                                                       \
  {                                                                                                                 \
    PENSTOCK_ADDRESS(name##_s1), PENSTOCK_ADDRESS(name##_s2), PENSTOCK_ADDRESS(name##_s4), PENSTOCK_ADDRESS(name##_s8) \
  }
#define PENSTOCK_WIDTHS(name)                                                                                 \
  {                                                                                                           \
    PENSTOCK_SPLITS(name##_n8), PENSTOCK_SPLITS(name##_n16), PENSTOCK_SPLITS(name##_n32), PENSTOCK_SPLITS(name##_n64) \
  }
#define PENSTOCK_FAMILY(type)                                                                                        \
  {                                                                                                                  \
    PENSTOCK_WIDTHS(skinny_gemm_##type), PENSTOCK_WIDTHS(skinny_gemm_add_##type), PENSTOCK_WIDTHS(skinny_gemm_swiglu_##type) \
  }

// [operation][8, 16, 32, 64 tokens][1, 2, 4, 8 blocks that share k]
const void* const kBf16[kOperations][4][4] = PENSTOCK_FAMILY(bf16);
const void* const kF16[kOperations][4][4] = PENSTOCK_FAMILY(f16);

int log2_of(int value) {
  int log = 0;
  while (1 << log < value) ++log;
  return log;
}

template <typename T>
const void* kernel_of(Operation operation, int width, int split) {
  return (std::is_same_v<T, __half> ? kF16 : kBf16)[operation][log2_of(width) - 3][log2_of(split)];
}

int tiles_of(Operation operation, int outputs) {
  const int rows = operation == kSwiglu ? 64 : 128;
  return (outputs + rows - 1) / rows;
}

// As few blocks to a cluster as fill 132 multiprocessors, if there are two chunks of k for each.
int split_of(Operation operation, int outputs, int k) {
  int split = 1;
  while (split < 8 && tiles_of(operation, outputs) * split < 132 && k / 64 / (2 * split) >= 2) split *= 2;
  return split;
}

template <typename T>
void launch(Operation operation, int width, int split, void* out, const T* w, const T* x, const T* bias, int tokens,
            int outputs, int k, cudaStream_t stream, bool pdl) {
  const void* kernel = kernel_of<T>(operation, width, split);
  const dim3 grid(tiles_of(operation, outputs), split);
  if (operation == kAdd) {
    lab::launch(kernel, grid, 128, stream, pdl, static_cast<float*>(out), w, x, bias, tokens, outputs, k);
  } else {
    lab::launch(kernel, grid, 128, stream, pdl, static_cast<T*>(out), w, x, bias, tokens, outputs, k);
  }
}

constexpr int kMaxTokens = 64;
constexpr int kMaxOutputs = 264;  // two whole tiles of rows and a bit

template <typename T>
struct Data {
  int k, rows;
  std::vector<T> w, x, bias;
  std::vector<float> sums;
  std::vector<double> dots;  // (rows, kMaxTokens)

  Data(int k, int rows, std::mt19937_64& random)
      : k(k),
        rows(rows),
        w(lab::random_values<T>(static_cast<size_t>(rows) * k, 1.0f / std::sqrt(static_cast<float>(k)), random)),
        x(lab::random_values<T>(static_cast<size_t>(kMaxTokens) * k, 1.0f, random)),
        bias(lab::random_values<T>(rows, 1.0f, random)),
        sums(lab::random_values<float>(static_cast<size_t>(kMaxTokens) * rows, 1.0f, random)),
        dots(static_cast<size_t>(rows) * kMaxTokens) {
    std::vector<double> column(k);
    for (int n = 0; n < kMaxTokens; ++n) {
      for (int i = 0; i < k; ++i) column[i] = lab::to_double(x[static_cast<size_t>(n) * k + i]);
      for (int r = 0; r < rows; ++r) {
        const T* row = w.data() + static_cast<size_t>(r) * k;
        double sum = 0;
        for (int i = 0; i < k; ++i) sum += lab::to_double(row[i]) * column[i];
        dots[static_cast<size_t>(r) * kMaxTokens + n] = sum;
      }
    }
  }

  std::vector<double> expected(Operation operation, int tokens, int outputs, bool biased) const {
    const auto z = [&](int r, int n) {
      return dots[static_cast<size_t>(r) * kMaxTokens + n] + (biased ? lab::to_double(bias[r]) : 0.0);
    };
    std::vector<double> out;
    for (int n = 0; n < tokens; ++n) {
      for (int r = 0; r < outputs; ++r) {
        if (operation == kPlain) out.push_back(z(r, n));
        if (operation == kAdd) out.push_back(z(r, n) + sums[static_cast<size_t>(n) * outputs + r]);
        if (operation == kSwiglu) out.push_back(z(r, n) / (1 + std::exp(-z(r, n))) * z(outputs + r, n));
      }
    }
    return out;
  }
};

template <typename T, typename Out>
double run(Operation operation, int width, int split, int tokens, int outputs, bool biased, const Data<T>& data,
           const lab::DeviceArray<T>& w, const lab::DeviceArray<T>& x, const lab::DeviceArray<T>& bias) {
  const size_t count = static_cast<size_t>(tokens) * outputs;
  lab::DeviceArray<Out> out(count + 256);
  out.poison();
  if (operation == kAdd) CHECK(cudaMemcpy(out.get(), data.sums.data(), count * 4, cudaMemcpyHostToDevice));
  launch<T>(operation, width, split, out.get(), w.get(), x.get(), biased ? bias.get() : nullptr, tokens, outputs,
            data.k, nullptr, false);
  CHECK(cudaDeviceSynchronize());
  const auto actual = out.download();
  if (!lab::untouched(actual, count)) return NAN;
  return lab::error_of(actual, data.expected(operation, tokens, outputs, biased), operation == kSwiglu ? 0.3 : 0.7);
}

template <typename T>
bool check(int k, int max_outputs, std::mt19937_64& random) {
  const Data<T> data(k, 2 * max_outputs, random);
  lab::DeviceArray<T> w(data.w), x(data.x), bias(data.bias);
  bool holds = true;
  double worst[kOperations] = {};
  for (const Operation operation : {kPlain, kAdd, kSwiglu}) {
    for (const int width : {8, 16, 32, 64}) {
      for (const int split : {1, 2, 4, 8}) {
        for (const auto& [tokens, outputs, biased] :
             {std::tuple{width, max_outputs, false}, {width / 2 + 1, max_outputs - 8, true}, {1, 8, true}}) {
          const double error = operation == kAdd
                                   ? run<T, float>(operation, width, split, tokens, outputs, biased, data, w, x, bias)
                                   : run<T, T>(operation, width, split, tokens, outputs, biased, data, w, x, bias);
          // Tensor cores add products with a little less care than FMA does.
          if (!(error < (operation == kAdd ? 2e-5 : lab::tolerance<T>()))) {
            holds = false;
            std::printf("FAIL  %s %s n%d s%d  k %d  tokens %d  outputs %d  bias %d: error %.2e\n", kNames[operation],
                        lab::type_name<T>(), width, split, k, tokens, outputs, biased, error);
          }
          worst[operation] = std::max(worst[operation], error);
        }
      }
    }
  }
  std::printf("%s  %s  k %5d  outputs to %3d  gemm %.1e  add %.1e  swiglu %.1e\n", holds ? "ok  " : "FAIL",
              lab::type_name<T>(), k, max_outputs, worst[0], worst[1], worst[2]);
  return holds;
}

using T = __nv_bfloat16;
constexpr int kHidden = 4096, kQkv = 6144, kFfn = 14336, kLayers = 32;
constexpr size_t kLayerWeights = size_t{kQkv} * kHidden + size_t{kHidden} * kHidden + 3 * size_t{kFfn} * kHidden;
constexpr size_t kWeights = kLayers * kLayerWeights;

// Weights between 1/128 and 1/64 of either sign.
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

struct Buffers {
  lab::DeviceArray<T> weights{kWeights}, gain, normed{kMaxTokens * kHidden}, qkv{kMaxTokens * kQkv},
      activated{kMaxTokens * kFfn};
  lab::DeviceArray<float> start, residual{kMaxTokens * kHidden};

  explicit Buffers(std::mt19937_64& random)
      : gain(lab::random_values<T>(kHidden, 1.0f, random)),
        start(lab::random_values<float>(kMaxTokens * kHidden, 1.0f, random)) {
    fill<<<2048, 256>>>(reinterpret_cast<uint4*>(weights.get()), kWeights / 8);
    CHECK(cudaDeviceSynchronize());
  }
};

// The qkv rows are left as attention's output would be laid out: its first kHidden columns serve as such.
__global__ void stand_in(uint4* out, const uint4* qkv) {
  penstock::pdl_launch_dependents();
  penstock::pdl_wait();
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[static_cast<size_t>(blockIdx.y) * (kHidden / 8) + i] =
      penstock::load_activation(qkv, static_cast<size_t>(blockIdx.y) * (kQkv / 8) + i);
}

void enqueue_step(const Buffers& b, int tokens, cudaStream_t stream, bool pdl) {
  const auto product = [&](Operation operation, void* out, const T* w, const T* x, int outputs, int k) {
    launch<T>(operation, tokens, split_of(operation, outputs, k), out, w, x, nullptr, tokens, outputs, k, stream, pdl);
  };
  const auto norm = [&](bool overlapped) {
    lab::launch(reinterpret_cast<const void*>(&penstock_rms_norm_bf16), dim3(tokens), 512, stream, overlapped,
                b.normed.get(), static_cast<const float*>(b.residual.get()), static_cast<const T*>(b.gain.get()),
                kHidden, 1e-5f);
  };
  CHECK(cudaMemcpyAsync(b.residual.get(), b.start.get(), sizeof(float) * tokens * kHidden, cudaMemcpyDeviceToDevice,
                        stream));
  const T* w = b.weights.get();
  for (int layer = 0; layer < kLayers; ++layer) {
    norm(pdl && layer > 0);
    product(kPlain, b.qkv.get(), w, b.normed.get(), kQkv, kHidden);
    w += size_t{kQkv} * kHidden;
    lab::launch(reinterpret_cast<const void*>(&stand_in), dim3(kHidden / 8 / 128, tokens), 128, stream, pdl,
                reinterpret_cast<uint4*>(b.normed.get()), reinterpret_cast<const uint4*>(b.qkv.get()));
    product(kAdd, b.residual.get(), w, b.normed.get(), kHidden, kHidden);
    w += size_t{kHidden} * kHidden;
    norm(pdl);
    product(kSwiglu, b.activated.get(), w, b.normed.get(), kFfn, kHidden);
    w += 2 * size_t{kFfn} * kHidden;
    product(kAdd, b.residual.get(), w, b.activated.get(), kHidden, kFfn);
    w += size_t{kHidden} * kFfn;
  }
}

bool run_step(const Buffers& b, int tokens, double copy) {
  lab::Graph plain([&](cudaStream_t stream) { enqueue_step(b, tokens, stream, false); });
  lab::Graph overlapped([&](cudaStream_t stream) { enqueue_step(b, tokens, stream, true); });
  const size_t count = static_cast<size_t>(tokens) * kHidden;
  plain.run();
  const auto expected = b.residual.download();
  int wrong = 0;
  for (int i = 0; i < 12; ++i) {
    overlapped.run();
    if (!lab::same_bits(b.residual.download(), expected, count)) ++wrong;
  }
  bool finite = true;
  for (size_t i = 0; i < count; ++i) finite = finite && std::isfinite(expected[i]);
  const double without = plain.time(10), with = overlapped.time(20);
  const double bytes = 2.0 * kWeights;
  const bool holds = wrong == 0 && finite;
  std::printf("%s  layers of a step, %2d tokens: %.3f ms (%.3f without overlap)  %.3f TB/s of weights  %3.0f %% of copy%s\n",
              holds ? "ok  " : "FAIL", tokens, with, without, bytes / with / 1e9, 100 * bytes / with * 1e3 / copy,
              wrong > 0 ? "  BITS DIFFER between replays" : "");
  return holds;
}

void time_shape(const char* name, Operation operation, int tokens, int outputs, int k, const Buffers& b, double copy) {
  const size_t size = size_t{1} * outputs * k * (operation == kSwiglu ? 2 : 1);
  const int repeats = static_cast<int>(std::min<size_t>(kWeights / size, 24));
  void* out = operation == kAdd ? static_cast<void*>(b.residual.get()) : static_cast<void*>(b.qkv.get());
  lab::DeviceArray<T> activated(static_cast<size_t>(kMaxTokens) * kFfn);
  if (operation == kSwiglu) out = activated.get();
  const T* x = k == kHidden ? b.normed.get() : b.activated.get();
  std::printf("%2d tokens  %-11s %-8s", tokens, kNames[operation], name);
  for (const int split : {1, 2, 4, 8}) {
    lab::Graph graph([&](cudaStream_t stream) {
      for (int i = 0; i < repeats; ++i) {
        launch<T>(operation, tokens, split, out, b.weights.get() + i * size, x, static_cast<const T*>(nullptr), tokens, outputs, k, stream, i > 0);
      }
    });
    const double ms = graph.time(5) / repeats;
    std::printf("  s%d %6.1f us %5.2f TB/s %3.0f %%%s", split, ms * 1e3, 2.0 * size / ms / 1e9,
                200.0 * size / ms * 1e3 / copy, split == split_of(operation, outputs, k) ? "*" : " ");
  }
  std::printf("\n");
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  for (const auto& [k, outputs] : {std::pair{8, 16}, {16, 136}, {64, kMaxOutputs}, {72, kMaxOutputs},
                                   {576, kMaxOutputs}, {1000, 136}, {4096, 136}, {14336, 72}}) {
    holds = check<__nv_bfloat16>(k, outputs, random) && holds;
    holds = check<__half>(k, outputs, random) && holds;
  }
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s; * marks the split that the plan takes\n", copy / 1e12);
  Buffers b(random);
  for (const int tokens : {8, 16, 32, 64}) holds = run_step(b, tokens, copy) && holds;
  for (const int tokens : {8, 16, 32, 64}) {
    time_shape("qkv", kPlain, tokens, kQkv, kHidden, b, copy);
    time_shape("o", kAdd, tokens, kHidden, kHidden, b, copy);
    time_shape("gate-up", kSwiglu, tokens, kFfn, kHidden, b, copy);
    time_shape("down", kAdd, tokens, kHidden, kFfn, b, copy);
  }
  std::printf(holds ? "skinny_gemm: all right\n" : "skinny_gemm: FAILED\n");
  return holds ? 0 : 1;
}
