// Checks the decode products with wide tiles of weights against double precision, then times them, alone and in 32
// layers of Llama 3.1 8B with attention between, against the kernels that they replace. Exit code 1 when a result is
// off, 3 when a kernel hangs.
//   decode_wide [check|time]...
//
// Floors and predictions, written before the first run (one H100, copy 2.99 TB/s; 128 tokens; microseconds):
//                              floor   today                 bytes a clock into a multiprocessor   predicted
//   qkv     6144 x 4096         16.8   20.8 (cuBLASLt)       192 rows, 4 ranks: 22                 19.5
//   o       4096 x 4096, add    11.2   15.2 (cuBLASLt)       256 rows, 8 ranks: 20                 14.5
//   gate-up 28672 x 4096        78.3   84.3 (ours)           224 rows, whole tiles: 21 (was 29)    81
//   down    4096 x 14336, add   39.1   45 to 48 (cuBLASLt)   256 rows, 8 ranks: 20                 43
//   a layer, with norms and attention over 264 tokens: 233.3 today; 221 to 225
// Measured: gate-up 81.1 alone and 226.0 to 226.7 the layer; o and down in tiles of 64 rows by pairs of blocks 15.5 and
// 44.3, 231.8 and 230.6 the layer. Clusters of 4 and 8 blocks with so much shared memory each wait for one another:
// o 26 and 39, down 65 and 74, qkv 36. A ring of 5 stages for gate-up costs the layer 4 us, as the next kernels' blocks find no
// room, one of 3 as much. Blocks that share x by multicast in pairs: the same, in fours: 105.
// A token's part of x is read by every block: with tiles of 128 rows as many bytes of x as of weights go from L2 to the
// multiprocessors, with 224 to 256 about half. And all weights of a layer but qkv's can be under way while the kernel
// ahead ends, as these kernels take part in programmatic launches.

#define PENSTOCK_SPIN_LIMIT 4000000000ll

#include <cstring>
#include <memory>

#include "../src/decode_wide.cu"
#include "decode_layer_step.cuh"
#include "product_reference.cuh"
#include "watchdog.cuh"

namespace {

using penstock::decode_wide::Operation;
using penstock::decode_wide::Shape;

lab::Watchdog watchdog(30);
int sms = 0;

template <typename T, class S, Operation kOperation, int kRanks>
__global__ void __launch_bounds__(penstock::decode_wide::kThreads, 1)
    wide(void* out, const void* w_map, const void* x_map, const T* bias, int tokens, int rows, int k) {
  penstock::decode_wide::run<T, S, kOperation, kRanks>({out, w_map, x_map, bias, tokens, rows, k});
}

struct Variant {
  const char* name;
  Operation operation;
  int rows_of_tile, ranks, shared_bytes;
  const void* kernel;
  int outputs() const { return operation == Operation::kSwiglu ? rows_of_tile / 2 : rows_of_tile; }
  int box_rows() const { return outputs(); }
  int grid(int rows) const { return (rows + outputs() - 1) / outputs() * ranks; }
};

template <typename T, class S, Operation kOperation, int kRanks>
Variant variant(const char* name) {
  const void* kernel = reinterpret_cast<const void*>(&wide<T, S, kOperation, kRanks>);
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, S::kSharedBytes));
  return {name, kOperation, S::kN, kRanks, S::kSharedBytes, kernel};
}

template <typename T>
Variant library(Operation operation) {
  constexpr bool kBf16 = std::is_same_v<T, __nv_bfloat16>;
  const void* add = kBf16 ? reinterpret_cast<const void*>(&penstock_decode_wide_add_bf16)
                          : reinterpret_cast<const void*>(&penstock_decode_wide_add_f16);
  const void* swiglu = kBf16 ? reinterpret_cast<const void*>(&penstock_decode_wide_swiglu_bf16)
                             : reinterpret_cast<const void*>(&penstock_decode_wide_swiglu_f16);
  using namespace penstock::decode_wide;
  const Variant v = operation == Operation::kAdd
                        ? Variant{"library add", operation, AddShape::kN, 2, AddShape::kSharedBytes, add}
                        : Variant{"library swiglu", operation, SwigluShape::kN, 1, SwigluShape::kSharedBytes, swiglu};
  CHECK(cudaFuncSetAttribute(v.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, v.shared_bytes));
  return v;
}

void launch(const Variant& v, void* out, const CUtensorMap* w_map, const CUtensorMap* x_map, const void* bias, int tokens,
            int rows, int k, cudaStream_t stream, bool programmatic) {
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(v.grid(rows));
  config.blockDim = dim3(penstock::decode_wide::kThreads);
  config.dynamicSmemBytes = v.shared_bytes;
  config.stream = stream;
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = v.ranks;
  attributes[0].val.clusterDim.y = attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[1].val.programmaticStreamSerializationAllowed = 1;
  config.attrs = attributes;
  config.numAttrs = programmatic ? 2 : 1;
  const void* w = w_map;
  const void* x = x_map;
  void* arguments[] = {&out, &w, &x, &bias, &tokens, &rows, &k};
  CHECK(cudaLaunchKernelExC(&config, v.kernel, arguments));
}

template <typename T, typename Out>
bool check(const Variant& v, int rows, int k, int tokens, bool biased) {
  char label[160];
  std::snprintf(label, sizeof label, "%s %-18s %3d tokens, rows %5d k %5d%s", lab::type_name<T>(), v.name, tokens, rows, k,
                biased ? ", bias" : "");
  watchdog.begin(label);
  const bool gated = v.operation == Operation::kSwiglu;
  const size_t w_rows = static_cast<size_t>(rows) * (gated ? 2 : 1);
  const size_t count = static_cast<size_t>(tokens) * rows;
  const int x_rows = tokens % 2 == 0 ? tokens : 131;
  lab::DeviceArray<T> w(w_rows * k), x(static_cast<size_t>(x_rows) * k), bias(w_rows);
  lab::DeviceArray<Out> out(static_cast<size_t>(tokens + 2) * rows);
  lab::DeviceArray<float> before(count);
  lab::DeviceArray<double> wanted(count);
  x.poison();
  lab::fill<<<1024, 256>>>(w.get(), w_rows * k, 3.0f / std::sqrt(static_cast<float>(k)), 1);
  lab::fill<<<256, 256>>>(x.get(), static_cast<size_t>(tokens) * k, 1.7f, 2);
  lab::fill<<<64, 256>>>(bias.get(), w_rows, 1.0f, 3);
  lab::fill<<<64, 256>>>(before.get(), count, 1.0f, 4);
  const T* used_bias = biased ? bias.get() : nullptr;
  lab::reference<<<2048, 256>>>(wanted.get(), w.get(), x.get(), used_bias, before.get(), static_cast<int>(v.operation),
                                tokens, rows, k);
  CHECK(cudaGetLastError());
  lab::DeviceArray<CUtensorMap> maps(std::vector<CUtensorMap>{
      lab::map_of(w.get(), k, static_cast<int>(w_rows), v.box_rows()), lab::map_of(x.get(), k, x_rows, 128)});
  std::vector<Out> first;
  int differing = 0;
  for (int run = 0; run < 4; ++run) {
    out.poison();
    if constexpr (std::is_same_v<Out, float>) {
      CHECK(cudaMemcpy(out.get(), before.get(), count * sizeof(float), cudaMemcpyDeviceToDevice));
    }
    CHECK(cudaDeviceSynchronize());
    launch(v, out.get(), maps.get(), maps.get() + 1, used_bias, tokens, rows, k, nullptr, run % 2 == 1);
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
  size_t wrong = 0;
  for (size_t i = 0; i < count; ++i) {
    const double d = std::abs(lab::to_double(first[i]) - expected[i]);
    wrong += !(d <= 8e-3 * std::max(std::abs(expected[i]), 0.25));
  }
  const double limit = std::is_same_v<Out, float> ? 1e-4 : lab::tolerance<T>();
  const bool clean = lab::untouched(first, count);
  const bool holds = error < limit && wrong == 0 && clean && differing == 0;
  if (!holds) {
    std::printf("FAIL  %s  error %.2e  wrong %zu of %zu  runs that differ %d%s\n", label, error, wrong, count, differing,
                clean ? "" : "  WRITTEN BEHIND THE BATCH");
  }
  return holds;
}

template <typename T>
bool check_all(const std::vector<Variant>& variants) {
  bool all = true;
  for (const Variant& v : variants) {
    int cases = 0, failed = 0;
    const auto one = [&](int rows, int k, int tokens, bool biased) {
      ++cases;
      failed += !(v.operation == Operation::kAdd ? check<T, float>(v, rows, k, tokens, biased)
                                                 : check<T, T>(v, rows, k, tokens, biased));
    };
    for (const int tokens : {65, 100, 127, 128}) {
      for (const auto& [rows, k] : {std::pair(96, 64), {576, 176}, {1536, 96}, {4104, 1536}, {8, 8}, {1096, 840}}) {
        one(rows, k, tokens, (rows + tokens) % 3 == 0);
      }
    }
    one(4096, 4096, 128, false);
    std::printf("%s  %s %-18s %3d cases, %d failed\n", failed == 0 ? "ok  " : "FAIL", lab::type_name<T>(), v.name, cases,
                failed);
    std::fflush(stdout);
    all = all && failed == 0;
  }
  return all;
}

using T = __nv_bfloat16;
using lab::Matrix;

struct Maps {
  lab::DeviceArray<CUtensorMap> maps;
  Maps(const lab::Model& m, const Variant& v, int matrix) : maps(lab::kLayers + 1) {
    std::vector<CUtensorMap> all;
    for (int layer = 0; layer < lab::kLayers; ++layer) {
      all.push_back(lab::map_of(m.weight(layer, matrix), lab::kMatrixShapes[matrix].k, lab::kMatrixShapes[matrix].rows,
                                v.box_rows()));
    }
    const T* x = matrix == lab::kOMatrix ? m.attended.get() : matrix == lab::kDownMatrix ? m.activated.get() : m.normed.get();
    all.push_back(lab::map_of(x, lab::kMatrixShapes[matrix].k, lab::kMaxTokens, 128));
    maps.upload(all);
  }
};

struct Part {
  Variant v;
  int matrix;
  std::unique_ptr<Maps> maps;
  Part(const lab::Model& m, const Variant& variant, int of) : v(variant), matrix(of), maps(new Maps(m, variant, of)) {}

  void run(const lab::Model& m, int layer, int tokens, cudaStream_t stream, bool pdl) const {
    void* out = matrix == lab::kQkvMatrix      ? static_cast<void*>(m.qkv.get())
                : matrix == lab::kGateUpMatrix ? static_cast<void*>(m.activated.get())
                                               : static_cast<void*>(m.residual.get());
    const auto& s = lab::kMatrixShapes[matrix];
    launch(v, out, maps->maps.get() + layer, maps->maps.get() + lab::kLayers, nullptr, tokens,
           matrix == lab::kGateUpMatrix ? s.rows / 2 : s.rows, s.k, stream, pdl);
  }
};

void time_part(const lab::Model& m, const Part& part, int tokens, double copy) {
  watchdog.begin("timing a shape");
  const auto graph = [&](bool pdl) {
    lab::Graph g([&](cudaStream_t stream) {
      for (int layer = 0; layer < lab::kLayers; ++layer) part.run(m, layer, tokens, stream, pdl && layer > 0);
    });
    return g.time(7) / lab::kLayers;
  };
  const double with = graph(true), without = graph(false);
  const double bytes = 2.0 * lab::kMatrixShapes[part.matrix].weights();
  std::printf("      %3d tokens  %-20s grid %3d  %7.2f us (%7.2f without overlap)  %.3f TB/s  %3.0f %% of copy\n", tokens,
              part.v.name, part.v.grid(lab::kMatrixShapes[part.matrix].rows / (part.matrix == lab::kGateUpMatrix ? 2 : 1)),
              with * 1e3, without * 1e3, bytes / with / 1e9, 100 * bytes / with * 1e3 / copy);
  std::fflush(stdout);
}

// A step with some products by parts and the others as today.
struct Chain {
  const Part* parts[lab::kMatrices] = {};

  void enqueue(const lab::Model& m, const lab::Today& today, int tokens, const lab::Attention* attention,
               cudaStream_t stream) const {
    lab::begin_step(m, stream);
    const auto product = [&](int matrix, int layer) {
      if (parts[matrix] != nullptr) {
        parts[matrix]->run(m, layer, tokens, stream, true);
      } else {
        today.product(matrix, layer, stream);
      }
    };
    for (int layer = 0; layer < lab::kLayers; ++layer) {
      if (attention != nullptr) attention->run(m, layer, stream, true);
      product(lab::kOMatrix, layer);
      today.norm(stream);
      product(lab::kGateUpMatrix, layer);
      product(lab::kDownMatrix, layer);
      today.norm(stream);
      product(lab::kQkvMatrix, (layer + 1) % lab::kLayers);
    }
  }
};

void time_all() {
  watchdog.begin("copy");
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s\n", copy / 1e12);
  lab::Model model;
  constexpr int tokens = 128;
  std::vector<Part> parts;
  const auto add = [&](const Variant& v, int matrix) { parts.emplace_back(model, v, matrix); };
  add(variant<T, Shape<128, 5>, Operation::kStore, 2>("qkv 128 2 ranks"), lab::kQkvMatrix);
  add(library<T>(Operation::kAdd), lab::kOMatrix);
  add(library<T>(Operation::kSwiglu), lab::kGateUpMatrix);
  add(library<T>(Operation::kAdd), lab::kDownMatrix);
  add(variant<T, Shape<224, 5>, Operation::kSwiglu, 1>("gate-up, 5 stages"), lab::kGateUpMatrix);
  add(variant<T, Shape<128, 6>, Operation::kAdd, 4>("down 128 4 ranks"), lab::kDownMatrix);
  for (const Part& part : parts) time_part(model, part, tokens, copy);

  int blocks_per_sm = 2;
  CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks_per_sm, penstock_attention_decode_bf16_d128, 128, 0));
  const lab::Attention attention(tokens, blocks_per_sm);
  const lab::Today today(model, tokens);
  const auto time_chain = [&](const char* what, const Chain& chain) {
    watchdog.begin(what);
    lab::Graph alone([&](cudaStream_t s) { chain.enqueue(model, today, tokens, nullptr, s); });
    lab::Graph whole([&](cudaStream_t s) { chain.enqueue(model, today, tokens, &attention, s); });
    const double a = alone.time(9), w = whole.time(9);
    whole.run();
    const auto r = model.residual.download();
    double sum = 0;
    for (const float v : r) sum += std::abs(v);
    std::printf("      %-44s %6.1f us a layer, with attention %6.1f, 32 layers %.3f ms  mean %.4f\n", what, a * 1e3 / 32,
                w * 1e3 / 32, w, sum / r.size());
    std::fflush(stdout);
  };
  time_chain("today", {});
  for (const Part& part : parts) {
    Chain c;
    c.parts[part.matrix] = &part;
    time_chain(part.v.name, c);
  }
  const auto all = [&](const char* what, int qkv, int o, int gate_up, int down) {
    Chain c;
    const int chosen[] = {qkv, o, gate_up, down};
    for (int m = 0; m < 4; ++m) c.parts[m] = chosen[m] < 0 ? nullptr : &parts[chosen[m]];
    time_chain(what, c);
  };
  all("o and gate-up", -1, 1, 2, -1);
  all("gate-up and down", -1, -1, 2, 3);
  all("o, gate-up and down", -1, 1, 2, 3);
  all("all", 0, 1, 2, 3);
  time_chain("today", {});
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0));
  bool holds = true;
  const bool everything = argc == 1;
  const auto wanted = [&](const char* what) {
    for (int i = 1; i < argc; ++i) {
      if (std::strcmp(argv[i], what) == 0) return true;
    }
    return everything;
  };
  if (wanted("check")) {
    holds = check_all<T>({library<T>(Operation::kAdd), library<T>(Operation::kSwiglu),
                          variant<T, Shape<128, 5>, Operation::kStore, 2>("store 128 x 2")});
    holds = check_all<__half>({library<__half>(Operation::kAdd), library<__half>(Operation::kSwiglu)}) && holds;
  }
  if (wanted("time")) time_all();
  std::printf(holds ? "decode_wide: all right\n" : "decode_wide: FAILED\n");
  return holds ? 0 : 1;
}
