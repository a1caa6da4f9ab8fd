// Checks the decode products against double precision, then times them: every shape of a layer of Llama 3.1 8B on
// weights that are read once, then 32 layers with their norms in one graph, with programmatic dependent launch and
// without. Exit code 1 when a result is off, 3 when a kernel hangs. Needs code for sm_90a.
//
// Floors and predictions, written before the first run (one H100, copy 2.99 TB/s; microseconds; weights at 2.95 TB/s):
//                              floor   N=32 predicted (cuBLASLt)   N=128 predicted (cuBLASLt)
//   qkv     6144 x 4096         17.1    18.5  (20.6)                 19.5  (21.9)
//   o       4096 x 4096, add    11.4    12.8  (14.7 + add in norm)   14.0  (15.8)
//   gate-up 28672 x 4096, swiglu 79.6   82    (87.0 + 2.2)           87    (89.4 + 4.1)
//   down    4096 x 14336, add   39.8    41.5  (43.4 + 2.0)           43.5  (46.8)
//   32 layers with norms        4.73 ms 4.92 ms (5.6)                5.3 ms (6.0)
// The chain's kernels overlap, so it needs less than its parts by themselves; what is left over the floor are the two
// norms of a layer, 3 us each of which one is hidden behind the weights that fill the rings. At N = 128 every weight
// byte from memory comes with a byte of x from L2: 6 TB/s in all, which is about what L2 has; if gate-up is slower than
// 90 us there, x needs multicast.

#include "decode_gemm_kernels.cuh"
#include "../src/rms_norm.cu"
#include "graph.cuh"
#include "product_reference.cuh"
#include "watchdog.cuh"

namespace {

using lab::fill;
using lab::Kernels;
using lab::Operation;
using lab::Plan;
using lab::Product;
using lab::reference;

int* stuck_report = nullptr;  // of a program built with -DPENSTOCK_WATCHDOG

void print_stuck() {
  for (int warp = 0; stuck_report != nullptr && warp < 5; ++warp) {
    const int* report = stuck_report + 4 * warp;
    if (report[3] != 0) {
      std::printf("      block %d warp %d waits for the barrier at %d, parity %d\n", report[0], warp, report[1],
                  report[2]);
    }
  }
}

lab::Watchdog watchdog(20, print_stuck);
int sms = 0;

struct Tally {
  int cases = 0, failed = 0;
  double worst = 0;
};

constexpr int kGuard = 2;  // rows of out that nobody may write

template <typename T, typename Out>
bool check(const Kernels& kernels, const Product& p, int tokens, bool biased, Tally& tally) {
  char label[160];
  std::snprintf(label, sizeof label, "%s %-6s n%-3d %3d tokens, rows %5d k %5d, %d clusters of %d%s",
                lab::type_name<T>(), lab::kOperationNames[static_cast<int>(p.operation)], kernels.columns, tokens, p.rows, p.k,
                p.plan.clusters, p.plan.ranks, biased ? ", bias" : "");
  watchdog.begin(label);
  const size_t w_rows = static_cast<size_t>(p.rows) * (p.operation == Operation::kSwiglu ? 2 : 1);
  const size_t count = static_cast<size_t>(tokens) * p.rows;
  // The buffer of x has fewer or more rows than the kernel has columns.
  const int x_rows = tokens % 2 == 0 ? tokens : kernels.columns + 3;
  lab::DeviceArray<T> w(w_rows * p.k), x(static_cast<size_t>(x_rows) * p.k), bias(w_rows);
  lab::DeviceArray<Out> out(static_cast<size_t>(tokens + kGuard) * p.rows);
  lab::DeviceArray<float> before(count);
  lab::DeviceArray<double> wanted(count);
  x.poison();
  fill<<<1024, 256>>>(w.get(), w_rows * p.k, 3.0f / std::sqrt(static_cast<float>(p.k)), 1);
  fill<<<256, 256>>>(x.get(), static_cast<size_t>(tokens) * p.k, 1.7f, 2);
  fill<<<64, 256>>>(bias.get(), w_rows, 1.0f, 3);
  fill<<<64, 256>>>(before.get(), count, 1.0f, 4);
  const T* used_bias = biased ? bias.get() : nullptr;
  reference<<<2048, 256>>>(wanted.get(), w.get(), x.get(), used_bias, before.get(), static_cast<int>(p.operation),
                           tokens, p.rows, p.k);
  CHECK(cudaGetLastError());
  lab::DeviceArray<CUtensorMap> maps(std::vector<CUtensorMap>{
      lab::map_of(w.get(), p.k, static_cast<int>(w_rows), 64), lab::map_of(x.get(), p.k, x_rows, kernels.columns)});

  std::vector<Out> first;
  int differing = 0;
  constexpr int kRuns = 4;
  for (int run = 0; run < kRuns; ++run) {
    out.poison();
    if constexpr (std::is_same_v<Out, float>) {
      CHECK(cudaMemcpy(out.get(), before.get(), count * sizeof(float), cudaMemcpyDeviceToDevice));
    }
    CHECK(cudaDeviceSynchronize());
    lab::launch_product(kernels, p, out.get(), maps.get(), maps.get() + 1, used_bias, tokens, run * 3, nullptr,
                        run % 2 == 1);
    CHECK(cudaGetLastError());
    CHECK(cudaDeviceSynchronize());
    if (run == 0) {
      first = out.download();
    } else {
      differing += !lab::same_bits(first, out.download(), count);
    }
  }
  const std::vector<double> expected = wanted.download();
  const double error = lab::error_of(first, expected);
  const bool clean = lab::untouched(first, count);
  size_t wrong = 0, first_wrong = 0;
  for (size_t i = 0; i < count; ++i) {
    const double d = std::abs(lab::to_double(first[i]) - expected[i]);
    if (!(d <= 8e-3 * std::max(std::abs(expected[i]), 0.25)) && wrong++ == 0) first_wrong = i;
  }
  const double limit = std::is_same_v<Out, float> ? 1e-4 : lab::tolerance<T>();
  const bool holds = error < limit && wrong == 0 && clean && differing == 0;
  ++tally.cases;
  if (!(error <= tally.worst)) tally.worst = error;
  if (!holds && ++tally.failed <= 12) {
    std::printf("FAIL  %s  error %.2e  wrong %zu of %zu  runs that differ %d%s\n", label, error, wrong, count,
                differing, clean ? "" : "  WRITTEN BEHIND THE BATCH");
    for (size_t i = first_wrong, shown = 0; wrong > 0 && i < count && shown < 10; i += shown < 5 ? 1 : 9, ++shown) {
      std::printf("      token %zu row %zu  got %g  wanted %g\n", i / p.rows, i % p.rows, lab::to_double(first[i]),
                  expected[i]);
    }
  }
  return holds;
}

template <typename T>
bool check_any(const Kernels& kernels, const Product& p, int tokens, bool biased, Tally& tally) {
  return p.operation == Operation::kAdd ? check<T, float>(kernels, p, tokens, biased, tally)
                                        : check<T, T>(kernels, p, tokens, biased, tally);
}

constexpr Operation kOperations[] = {Operation::kStore, Operation::kAdd, Operation::kSwiglu};

template <typename T>
bool check_type() {
  bool holds = true;
  for (const Operation operation : kOperations) {
    Tally simple, odd, forced, real;
    for (const int tokens : {16, 32, 64, 128}) {
      for (const int k : {64, 128, 1024}) {
        const Product p = {operation, lab::tile_rows(operation), k, {1, 1}};
        check_any<T>(lab::library<T>(tokens), p, tokens, false, simple);
      }
    }
    for (const int tokens : {1, 7, 8, 9, 16, 17, 31, 32, 33, 64, 65, 100, 128}) {
      int i = 0;
      for (const auto& [rows, k] : {std::pair(96, 64), {176, 576}, {576, 176}, {1536, 96}, {4104, 1536}, {64, 4104},
                                    {8, 8}, {9000, 64}}) {
        const Product p = {operation, rows, k, lab::plan_of(operation, rows, sms)};
        check_any<T>(lab::library<T>(tokens), p, tokens, i++ % 2 == 0, odd);
      }
    }
    for (const int tokens : {13, 32, 50, 128}) {
      const int tiles = (1096 + lab::tile_rows(operation) - 1) / lab::tile_rows(operation);
      for (const Plan& plan : {Plan{2, tiles}, {4, tiles}, {8, tiles}, {1, tiles}, {1, 1}, {1, 4}, {1, 5}}) {
        check_any<T>(lab::library<T>(tokens), {operation, 1096, 840, plan}, tokens, true, forced);
      }
    }
    for (const int tokens : {9, 32, 127}) {
      for (const auto& [rows, k] : {std::pair(6144, 4096), {4096, 4096}, {14336, 4096}, {4096, 14336}}) {
        if (std::is_same_v<T, __half> && tokens != 32) continue;
        const Product p = {operation, rows, k, lab::plan_of(operation, rows, sms)};
        check_any<T>(lab::library<T>(tokens), p, tokens, false, real);
      }
    }
    const auto report = [&](const char* what, const Tally& t) {
      std::printf("%s  %s %-6s %-12s %3d cases, %d failed, worst error %.1e\n", t.failed == 0 ? "ok  " : "FAIL",
                  lab::type_name<T>(), lab::kOperationNames[static_cast<int>(operation)], what, t.cases, t.failed,
                  t.worst);
      std::fflush(stdout);
      holds = holds && t.failed == 0;
    };
    report("one tile", simple);
    report("odd shapes", odd);
    report("forced plans", forced);
    report("real shapes", real);
  }
  return holds;
}

using T = __nv_bfloat16;
constexpr int kHidden = 4096, kQkv = 6144, kFfn = 14336, kLayers = 32, kMaxTokens = 128;

// The products of a layer.
enum Matrix { kQkvMatrix, kOMatrix, kGateUpMatrix, kDownMatrix, kMatrices };
constexpr const char* kMatrixNames[] = {"qkv", "o", "gate-up", "down"};

struct Shape {
  Operation operation;
  int rows, k;
  size_t weights() const { return static_cast<size_t>(rows) * k * (operation == Operation::kSwiglu ? 2 : 1); }
};
constexpr Shape kShapes[] = {{Operation::kStore, kQkv, kHidden},
                             {Operation::kAdd, kHidden, kHidden},
                             {Operation::kSwiglu, kFfn, kHidden},
                             {Operation::kAdd, kHidden, kFfn}};

// Stands for attention: reads q, writes as much.
__global__ void stand_in(T* out, const T* qkv) {
  penstock::pdl_launch_dependents();
  penstock::pdl_wait();
  const int v = blockIdx.x * blockDim.x + threadIdx.x;
  const uint4 value = penstock::load_activation(qkv + static_cast<size_t>(blockIdx.y) * kQkv, v);
  penstock::store(out + static_cast<size_t>(blockIdx.y) * kHidden, v, value);
}

__global__ void restart(float4* residual, const float4* initial) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  residual[i] = initial[i];
}

struct Model {
  static constexpr size_t kLayerWeights =
      size_t{kQkv} * kHidden + size_t{kHidden} * kHidden + 3 * size_t{kFfn} * kHidden;
  lab::DeviceArray<T> weights{kLayers * kLayerWeights}, gain{kHidden}, normed{kMaxTokens * kHidden},
      qkv{kMaxTokens * kQkv}, attended{kMaxTokens * kHidden}, activated{size_t{kMaxTokens} * kFfn};
  lab::DeviceArray<float> residual{kMaxTokens * kHidden}, initial{kMaxTokens * kHidden};
  lab::DeviceArray<CUtensorMap> weight_maps{kLayers * kMatrices}, x_maps{3 * 129};

  Model() {
    fill<<<4096, 256>>>(weights.get(), kLayers * kLayerWeights, 0.025f, 11);
    fill<<<16, 256>>>(gain.get(), kHidden, 1.0f, 12);
    for (T* x : {normed.get(), attended.get()}) fill<<<256, 256>>>(x, kMaxTokens * kHidden, 1.7f, 13);
    fill<<<256, 256>>>(qkv.get(), kMaxTokens * kQkv, 1.7f, 13);
    fill<<<256, 256>>>(activated.get(), size_t{kMaxTokens} * kFfn, 1.0f, 14);
    fill<<<256, 256>>>(initial.get(), kMaxTokens * kHidden, 1.0f, 15);
    fill<<<256, 256>>>(residual.get(), kMaxTokens * kHidden, 1.0f, 15);
    CHECK(cudaDeviceSynchronize());
    std::vector<CUtensorMap> maps;
    const T* w = weights.get();
    for (int layer = 0; layer < kLayers; ++layer) {
      for (const Shape& s : kShapes) {
        maps.push_back(lab::map_of(w, s.k, static_cast<int>(s.weights() / s.k), 64));
        w += s.weights();
      }
    }
    weight_maps.upload(maps);
    std::vector<CUtensorMap> xs(3 * 129);
    for (const int columns : {16, 32, 64, 128}) {
      xs[columns] = lab::map_of(normed.get(), kHidden, kMaxTokens, columns);
      xs[129 + columns] = lab::map_of(attended.get(), kHidden, kMaxTokens, columns);
      xs[258 + columns] = lab::map_of(activated.get(), kFfn, kMaxTokens, columns);
    }
    x_maps.upload(xs);
  }

  void* out(int matrix) const {
    return matrix == kQkvMatrix      ? static_cast<void*>(qkv.get())
           : matrix == kGateUpMatrix ? static_cast<void*>(activated.get())
                                     : static_cast<void*>(residual.get());
  }
  const CUtensorMap* x_map(int matrix, int columns) const {
    return x_maps.get() + (matrix == kOMatrix ? 129 : matrix == kDownMatrix ? 258 : 0) + columns;
  }
};

struct Choice {
  Kernels kernels;
  Plan plans[kMatrices];
  int ahead;
};

Choice standard(const Kernels& kernels, int ahead) {
  Choice c = {kernels, {}, ahead};
  for (int m = 0; m < kMatrices; ++m) c.plans[m] = lab::plan_of(kShapes[m].operation, kShapes[m].rows, sms);
  return c;
}

void product(const Model& model, const Choice& c, int matrix, int layer, int tokens, cudaStream_t stream, bool pdl) {
  const Shape& s = kShapes[matrix];
  lab::launch_product(c.kernels, {s.operation, s.rows, s.k, c.plans[matrix]}, model.out(matrix),
                      model.weight_maps.get() + layer * kMatrices + matrix, model.x_map(matrix, c.kernels.columns),
                      nullptr, tokens, c.ahead, stream, pdl);
}

void time_shape(const Model& model, const Choice& c, int matrix, int tokens, double copy) {
  watchdog.begin("timing a shape");
  const auto graph = [&](bool pdl) {
    lab::Graph g([&](cudaStream_t stream) {
      for (int layer = 0; layer < kLayers; ++layer) product(model, c, matrix, layer, tokens, stream, pdl && layer > 0);
    });
    return g.time(5) / kLayers;
  };
  const double with = graph(true), without = graph(false);
  const double bytes = 2.0 * kShapes[matrix].weights();
  std::printf("      %3d tokens  %-8s %-12s %3d x %d ahead %2d  %7.2f us (%7.2f without overlap)  %.3f TB/s  "
              "%3.0f %% of copy\n",
              tokens, kMatrixNames[matrix], c.kernels.name, c.plans[matrix].clusters, c.plans[matrix].ranks, c.ahead,
              with * 1e3, without * 1e3, bytes / with / 1e9, 100 * bytes / with * 1e3 / copy);
  std::fflush(stdout);
}

void enqueue(const Model& m, const Choice& c, int tokens, cudaStream_t stream, bool pdl) {
  const auto norm = [&] {
    lab::launch(reinterpret_cast<const void*>(&penstock_rms_norm_bf16), dim3(tokens), kHidden / 8, stream, pdl,
                m.normed.get(), static_cast<const float*>(m.residual.get()), static_cast<const T*>(m.gain.get()),
                kHidden, 1e-5f);
  };
  restart<<<kMaxTokens * kHidden / 4 / 256, 256, 0, stream>>>(reinterpret_cast<float4*>(m.residual.get()),
                                                              reinterpret_cast<const float4*>(m.initial.get()));
  for (int layer = 0; layer < kLayers; ++layer) {
    norm();
    product(m, c, kQkvMatrix, layer, tokens, stream, pdl);
    lab::launch(reinterpret_cast<const void*>(&stand_in), dim3(kHidden / 8 / 128, tokens), 128, stream, pdl,
                m.attended.get(), static_cast<const T*>(m.qkv.get()));
    product(m, c, kOMatrix, layer, tokens, stream, pdl);
    norm();
    product(m, c, kGateUpMatrix, layer, tokens, stream, pdl);
    product(m, c, kDownMatrix, layer, tokens, stream, pdl);
  }
}

bool run_chain(const char* what, Model& model, const Choice& c, int tokens, double copy) {
  watchdog.begin(what);
  lab::Graph plain([&](cudaStream_t stream) { enqueue(model, c, tokens, stream, false); });
  lab::Graph overlapped([&](cudaStream_t stream) { enqueue(model, c, tokens, stream, true); });
  const size_t count = static_cast<size_t>(tokens) * kHidden;
  plain.run();
  const auto expected = model.residual.download();
  int differing = 0;
  for (int i = 0; i < 5; ++i) {
    overlapped.run();
    differing += !lab::same_bits(model.residual.download(), expected, count);
  }
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += std::abs(expected[i]);
  const bool holds = differing == 0 && std::isfinite(sum) && sum > 0;
  const double without = plain.time(7), with = overlapped.time(11);
  const double bytes = 2.0 * kLayers * Model::kLayerWeights;
  std::printf("%s  %3d tokens  32 layers  %-28s ahead %2d  %.3f ms (%.3f without overlap)  %.3f TB/s  %3.0f %% of copy  "
              "mean %.4f%s\n",
              holds ? "ok  " : "FAIL", tokens, what, c.ahead, with, without, bytes / with / 1e9,
              100 * bytes / with * 1e3 / copy, sum / count, differing > 0 ? "  BITS DIFFER" : "");
  std::fflush(stdout);
  return holds;
}

bool time_everything() {
  watchdog.begin("copy");
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s\n", copy / 1e12);
  Model model;
  bool holds = true;
  using penstock::decode_gemm::Shape;
  for (const int tokens : {16, 32, 64, 128}) {
    const Kernels kernels = lab::library<T>(tokens);
    for (int m = 0; m < kMatrices; ++m) {
      for (const int ahead : {0, 8}) time_shape(model, standard(kernels, ahead), m, tokens, copy);
    }
    for (const int ahead : {0, 4, 8, 16}) {
      holds = run_chain("library", model, standard(kernels, ahead), tokens, copy) && holds;
    }
  }
  for (const int tokens : {8, 24, 48, 100}) {
    holds = run_chain("library", model, standard(lab::library<T>(tokens), 0), tokens, copy) && holds;
  }

  // Other divisions of the work, to see whether the planned ones are right.
  const auto other = [&](const char* name, const Kernels& kernels, int tokens, int matrix, Plan plan) {
    Choice c = standard(kernels, 0);
    c.plans[matrix] = plan;
    time_shape(model, c, matrix, tokens, copy);
    holds = run_chain(name, model, c, tokens, copy) && holds;
  };
  for (const int tokens : {32, 128}) {
    const Kernels kernels = lab::library<T>(tokens);
    other("qkv: clusters of 4", kernels, tokens, kQkvMatrix, {4, 48});
    other("qkv: whole tiles", kernels, tokens, kQkvMatrix, {1, 48});
    other("o: clusters of 2", kernels, tokens, kOMatrix, {2, 32});
    other("o: clusters of 8", kernels, tokens, kOMatrix, {8, 32});
    other("gate-up: a tile a block", kernels, tokens, kGateUpMatrix, {1, 224});
    other("gate-up: 132 blocks", kernels, tokens, kGateUpMatrix, {1, 132});
    other("down: clusters of 8", kernels, tokens, kDownMatrix, {8, 32});
  }
  // Rings that fill a multiprocessor: no room for the next kernel.
  const Kernels short32 = lab::variant<T, Shape<32, 3>>("3 stages");
  const Kernels deep32 = lab::variant<T, Shape<32, 10>>("10 stages");
  const Kernels deep64 = lab::variant<T, Shape<64, 8>>("8 stages");
  const Kernels deep128 = lab::variant<T, Shape<128, 6>>("6 stages");
  for (const Kernels& k : {deep32, short32, deep64, deep128}) {
    for (int m = 0; m < kMatrices; ++m) time_shape(model, standard(k, 0), m, k.columns, copy);
    holds = run_chain(k.name, model, standard(k, 0), k.columns, copy) && holds;
  }
  return holds;
}

}  // namespace

int main() {
  CHECK(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0));
#if defined(PENSTOCK_WATCHDOG)
  CHECK(cudaHostAlloc(&stuck_report, 16 * 4 * sizeof(int), cudaHostAllocMapped));
  std::memset(stuck_report, 0, 16 * 4 * sizeof(int));
  CHECK(cudaMemcpyToSymbol(penstock::stuck_report, &stuck_report, sizeof(stuck_report)));
#endif
  bool holds = check_type<__nv_bfloat16>();
  holds = check_type<__half>() && holds;
  holds = time_everything() && holds;
  std::printf(holds ? "decode_gemm: all right\n" : "decode_gemm: FAILED\n");
  return holds ? 0 : 1;
}
