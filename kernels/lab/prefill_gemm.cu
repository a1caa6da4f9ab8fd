// Checks the gated prefill product against double precision, then times it against cuBLASLt's best algorithm and the
// kernel for the gate, at the shape of Llama-3.1-8B. Exit code 1 when a result is off, 3 when a kernel hangs. Needs code
// for sm_90a and cuBLASLt on the machine.
//
// The card's power limits long products, so times count in the state that it reaches under load: what is compared
// alternates for a second and a half, of which the last second counts, and then whole layers' products do.
//
// Predictions, written before the first run, and the first good run (one H100; gate and up, 28672 x 4096; microseconds; the
// prediction is rounds of tiles at cuBLASLt's rate of 702 TFLOP/s):
//   tokens   cuBLASLt + gate   ours predicted            measured: cuBLASLt + gate, ours
//     512      171 + 17        178 (n128, 7 rounds)      204   212   more bytes from L2 for each product than there are
//     576      193 + 19        199 (n144, 7 rounds)      246   221
//    1024      342 + 33        353 (n256, 7 rounds)      391   375   a layer's products 705 and 671
//    8192     2741 + 244      2776 (n256, 55 rounds)    2950  2779   a layer's products 5412 and 5267
//
// With tiles of two sizes (predicted 3 to 5 % at 512, 2.5 % at 1,024 and 2,048, 0.9 % at 8,192; another, slower card):
//   tokens   cuBLASLt + gate   one size       two sizes             a layer's products and norms
//     512      218.5           202.6 (n128)   196.9 (256 and 128)   400.3 and 377.1
//    1024      400.9           376.0 (n256)   366.4 (256 and 208)   741.5 and 706.1
//    2048      773.2           737.6 (n208)   726.7 (256 and 208)
//    8192     3108.7          2845.8 (n256)  2828.0 (256 and 208)   5740.9 and 5520.1

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "cublaslt.cuh"
#include "prefill_gemm_kernels.cuh"
#include "product_reference.cuh"
#include "typed.cuh"
#include "watchdog.cuh"
#include "../src/gated_activation.cu"
#include "../src/rms_norm.cu"

namespace {

using lab::PrefillKernel;
using lab::PrefillMaps;
using lab::PrefillProduct;
using T = __nv_bfloat16;

lab::Watchdog watchdog(30);

struct Tally {
  int cases = 0, failed = 0;
  double worst = 0;
};

constexpr double kRoundings = 2;  // by which errors may be larger: gate and up are rounded too
constexpr int kGuard = 3;  // rows of out that nobody may write

template <typename E>
void check(const PrefillKernel& kernel, int tokens, int rows, int k, bool biased, int group, int clusters,
           Tally& tally, int wide_rows = 0) {
  char label[160];
  std::snprintf(label, sizeof label, "%s %s, %d tokens, rows %d k %d, groups of %d, %d clusters, %d wide rows%s",
                lab::type_name<E>(), kernel.name, tokens, rows, k, group, clusters, wide_rows, biased ? ", bias" : "");
  watchdog.begin(label);
  const size_t count = static_cast<size_t>(tokens) * rows, weights = size_t{2} * rows * k;
  const int x_rows = tokens % 2 == 0 ? tokens : tokens + 70;  // of its buffer; those behind the batch are NaN
  lab::DeviceArray<E> w(weights), x(static_cast<size_t>(x_rows) * k), bias(2 * rows);
  lab::DeviceArray<E> out(static_cast<size_t>(tokens + kGuard) * rows);
  lab::DeviceArray<double> wanted(count);
  x.poison();
  lab::fill<<<1024, 256>>>(w.get(), weights, 3.0f / std::sqrt(static_cast<float>(k)), 1);
  lab::fill<<<256, 256>>>(x.get(), static_cast<size_t>(tokens) * k, 1.7f, 2 + tokens);
  lab::fill<<<64, 256>>>(bias.get(), size_t{2} * rows, 1.0f, 3);
  const E* used_bias = biased ? bias.get() : nullptr;
  lab::reference<<<4096, 256>>>(wanted.get(), w.get(), x.get(), used_bias, static_cast<const float*>(nullptr), 2,
                                tokens, rows, k);
  CHECK(cudaGetLastError());
  const PrefillMaps maps(kernel, out.get(), tokens + kGuard, w.get(), rows, k, x.get(), x_rows);
  std::vector<E> first;
  int differing = 0;
  for (int run = 0; run < 3; ++run) {
    out.poison();
    CHECK(cudaDeviceSynchronize());
    lab::launch_prefill(kernel, maps, {out.get(), used_bias, tokens, rows, k, wide_rows}, group, nullptr, run % 2 == 1,
                        clusters);
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
    if (!(d <= 1.5 * kRoundings * 8e-3 * std::max(std::abs(expected[i]), 0.25)) && wrong++ == 0) first_wrong = i;
  }
  // Bits do not depend on the kernel.
  static std::map<std::string, std::vector<E>> known;
  char key[80];
  std::snprintf(key, sizeof key, "%d %d %d %d", tokens, rows, k, biased);
  const auto& [entry, fresh] = known.try_emplace(key, first);
  if (!fresh) differing += !lab::same_bits(first, entry->second, count);
  const bool holds = error < kRoundings * lab::tolerance<E>(count) && wrong == 0 && clean && differing == 0;
  ++tally.cases;
  if (!(error <= tally.worst)) tally.worst = error;
  if (!holds && ++tally.failed <= 12) {
    std::printf("FAIL  %s  error %.2e  wrong %zu of %zu  runs and kernels that differ %d%s\n", label, error, wrong, count,
                differing, clean ? "" : "  WRITTEN BEHIND THE BATCH");
    for (size_t i = first_wrong, shown = 0; wrong > 0 && i < count && shown < 8; i += shown < 4 ? 1 : 9, ++shown) {
      std::printf("      token %zu row %zu  got %g  wanted %g\n", i / rows, i % rows, lab::to_double(first[i]),
                  expected[i]);
    }
  }
}

template <typename E>
bool check_kernel(const PrefillKernel& kernel, bool real) {
  Tally tally;
  int i = 0;
  for (const int tokens : {1, 77, 129, 256, 1000}) {
    for (const auto& [rows, k] :
         {std::pair(64, 64), {8, 8}, {136, 200}, {200, 136}, {1096, 840}, {64, 4104}, {2000, 512}}) {
      const int tiles = (rows + 127) / 128;  // wide: none, some, all, more than there are
      check<E>(kernel, tokens, rows, k, i % 2 == 0, 1 + i % 5, i % 3 == 0 ? 1 + i % 7 : 0, tally,
               kernel.rest > 0 ? i % 4 == 0 ? tiles / 2 : i % (tiles + 2) : 0);
      ++i;
    }
  }
  if (real) {
    for (const int tokens : {192, 512, 1000}) {
      const int wide = kernel.rest > 0 ? lab::best_wide_rows(kernel, tokens, 14336) : 0;
      check<E>(kernel, tokens, 14336, 4096, false, 8, 0, tally, wide);
    }
  }
  std::printf("%s  %s %-8s %3d cases, %d failed, worst error %.1e\n", tally.failed == 0 ? "ok  " : "FAIL",
              lab::type_name<E>(), kernel.name, tally.cases, tally.failed, tally.worst);
  std::fflush(stdout);
  return tally.failed == 0;
}

constexpr int kHidden = 4096, kFfn = 14336, kQkv = 6144, kMaxTokens = 8192;
constexpr double kFlopsOfToken = 2.0 * 2 * kFfn * kHidden;

// Buffers of the largest step.
struct Buffers {
  lab::DeviceArray<T> gate_up{size_t{2} * kFfn * kHidden}, qkv{size_t{kQkv} * kHidden}, o{size_t{kHidden} * kHidden},
      down{size_t{kHidden} * kFfn}, x{size_t{kMaxTokens} * kHidden}, both{size_t{2} * kMaxTokens * kFfn},
      out{size_t{kMaxTokens} * kFfn}, gain{kHidden};
  lab::DeviceArray<float> residual{size_t{kMaxTokens} * kHidden};

  Buffers() {
    lab::fill_normal<<<4096, 256>>>(gate_up.get(), size_t{2} * kFfn * kHidden, 0.02f, 11);
    lab::fill_normal<<<4096, 256>>>(qkv.get(), size_t{kQkv} * kHidden, 0.02f, 12);
    lab::fill_normal<<<4096, 256>>>(o.get(), size_t{kHidden} * kHidden, 0.02f, 13);
    lab::fill_normal<<<4096, 256>>>(down.get(), size_t{kHidden} * kFfn, 0.02f, 14);
    lab::fill_normal<<<4096, 256>>>(x.get(), size_t{kMaxTokens} * kHidden, 1.0f, 15);
    lab::fill_normal<<<4096, 256>>>(out.get(), size_t{kMaxTokens} * kFfn, 0.5f, 16);
    lab::fill_normal<<<16, 256>>>(gain.get(), kHidden, 1.0f, 17);
    restart();
    CHECK(cudaDeviceSynchronize());
  }

  void restart() const {
    lab::fill_normal<<<4096, 256>>>(residual.get(), size_t{kMaxTokens} * kHidden, 1.0f, 18);
  }
};

void norm(const Buffers& b, int tokens, cudaStream_t stream) {
  lab::launch(&penstock_rms_norm_bf16, dim3(tokens), kHidden / 8, 0, stream, true, b.x.get(), b.residual.get(),
              b.gain.get(), kHidden, 1e-5f);
}

void gate(const Buffers& b, int tokens, cudaStream_t stream) {
  lab::launch(&penstock_swiglu_bf16, dim3((kFfn / 8 + 255) / 256, tokens), 128, 0, stream, true, b.out.get(),
              b.both.get(), kFfn);
}

// Something to time: `count` calls in a graph, enough for some milliseconds.
struct Contender {
  std::string name;
  std::unique_ptr<lab::Graph> graph;
  int count;
  std::vector<double> times;
  double us = 0;

  template <typename F>
  Contender(std::string label, double expected_us, F call)
      : name(std::move(label)), count(std::max(1, static_cast<int>(4000 / expected_us))) {
    call(cudaStream_t{nullptr});
    CHECK(cudaDeviceSynchronize());
    graph = std::make_unique<lab::Graph>([&](cudaStream_t stream) {
      for (int i = 0; i < count; ++i) call(stream);
    });
  }
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Turn by turn for so many seconds, of which the first `warm` do not count.
void alternate(std::vector<Contender>& all, double seconds, double warm) {
  watchdog.begin("timing in turn");
  for (Contender& c : all) c.times.clear();
  const double begin = now();
  do {
    for (Contender& c : all) {
      const double ms = c.graph->time_once();
      if (now() - begin > warm || seconds == 0) c.times.push_back(ms);
    }
  } while (now() - begin < seconds);
  for (Contender& c : all) {
    std::nth_element(c.times.begin(), c.times.begin() + c.times.size() / 2, c.times.end());
    c.us = c.times[c.times.size() / 2] * 1e3 / c.count;
  }
}

struct Choice {
  PrefillKernel kernel;
  int group, wide_rows = 0;
  std::string name() const {
    return std::string(kernel.name) + (kernel.rest > 0 ? "/" + std::to_string(wide_rows) : "") + " g" +
           std::to_string(group);
  }
};

// The best of ours for a number of tokens.
struct Best {
  Choice choice;
  std::shared_ptr<PrefillMaps> maps;
  void run(const Buffers& b, int tokens, cudaStream_t stream) const {
    lab::launch_prefill(choice.kernel, *maps, {b.out.get(), nullptr, tokens, kFfn, kHidden, choice.wide_rows}, choice.group, stream,
                        true);
  }
};

Best best_for(const Choice& choice, const Buffers& b) {
  return {choice, std::make_shared<PrefillMaps>(choice.kernel, b.out.get(), kMaxTokens, b.gate_up.get(), kFfn, kHidden,
                                                b.x.get(), kMaxTokens)};
}

Best time_tokens(const Buffers& b, lab::CublasLt::Product& product, int tokens, const std::vector<Choice>& choices,
                 double seconds) {
  watchdog.begin("timing " + std::to_string(tokens) + " tokens");
  const double expected = tokens * kFlopsOfToken / 650e6;
  std::vector<Contender> sweep;
  std::vector<Best> ours;
  for (const Choice& c : choices) {
    ours.push_back(best_for(c, b));
    sweep.emplace_back(c.name(), expected, [&](cudaStream_t s) { ours.back().run(b, tokens, s); });
  }
  alternate(sweep, 0.3, 0.05);
  std::vector<size_t> order(choices.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return sweep[i].us < sweep[j].us; });
  std::printf("%5d tokens, short: ", tokens);
  for (size_t i = 0; i < std::min<size_t>(order.size(), 10); ++i) {
    std::printf(" %s %.1f,", sweep[order[i]].name.c_str(), sweep[order[i]].us);
  }
  std::printf("\n");
  std::vector<Contender> steady;
  steady.emplace_back("cuBLASLt alone", expected, [&](cudaStream_t s) { product.run(b.gate_up.get(), b.x.get(), b.both.get(), s); });
  steady.emplace_back("cuBLASLt + gate", expected, [&](cudaStream_t s) {
    product.run(b.gate_up.get(), b.x.get(), b.both.get(), s);
    gate(b, tokens, s);
  });
  for (size_t i = 0; i < std::min<size_t>(order.size(), 3); ++i) {
    const Best& own = ours[order[i]];
    steady.emplace_back(own.choice.name(), expected, [&](cudaStream_t s) { own.run(b, tokens, s); });
  }
  alternate(steady, seconds, seconds / 3);
  size_t fastest = 2;
  for (size_t i = 0; i < steady.size(); ++i) {
    if (i >= 2 && steady[i].us < steady[fastest].us) fastest = i;
    std::printf("      %-18s %8.1f us  %6.1f TFLOP/s  %.3f of cuBLASLt + gate, %.3f of cuBLASLt\n",
                steady[i].name.c_str(), steady[i].us, tokens * kFlopsOfToken / steady[i].us / 1e6,
                steady[i].us / steady[1].us, steady[i].us / steady[0].us);
  }
  std::fflush(stdout);
  return ours[order[fastest - 2]];
}

// All products and norms of a layer as in a step, with the gate in either way, each way for a while by itself: that of the other's power does not
// count.
void time_layer(const Buffers& b, lab::CublasLt& blas, lab::CublasLt::Product& gate_up, const Best& own, int tokens) {
  watchdog.begin("timing a layer");
  lab::CublasLt::Product qkv(blas, kQkv, kHidden, tokens, false), o(blas, kHidden, kHidden, tokens, true),
      down(blas, kHidden, kFfn, tokens, true);
  qkv.choose(16, b.qkv.get(), b.x.get(), b.both.get());
  o.choose(16, b.o.get(), b.x.get(), b.residual.get());
  down.choose(16, b.down.get(), b.out.get(), b.residual.get());
  b.restart();
  const double expected = tokens * 2.0 * 218.1e6 / 650e6;
  const auto layer = [&](bool fused) {
    return [&, fused](cudaStream_t s) {
      norm(b, tokens, s);
      qkv.run(b.qkv.get(), b.x.get(), b.both.get(), s);
      o.run(b.o.get(), b.x.get(), b.residual.get(), s);
      norm(b, tokens, s);
      if (fused) {
        own.run(b, tokens, s);
      } else {
        gate_up.run(b.gate_up.get(), b.x.get(), b.both.get(), s);
        gate(b, tokens, s);
      }
      down.run(b.down.get(), b.out.get(), b.residual.get(), s);
    };
  };
  std::vector<Contender> library, fused;
  library.emplace_back("cuBLASLt + gate", expected, layer(false));
  fused.emplace_back(own.choice.name(), expected, layer(true));
  double sums[2] = {0, 0};
  for (int round = 0; round < 2; ++round) {
    alternate(library, 1.2, 0.5);
    alternate(fused, 1.2, 0.5);
    sums[0] += library[0].us / 2, sums[1] += fused[0].us / 2;
  }
  std::printf("%5d tokens, a layer's products and norms: cuBLASLt + gate %.1f us, with %s %.1f us, %.3f\n", tokens, sums[0],
              own.choice.name().c_str(), sums[1], sums[1] / sums[0]);
  std::fflush(stdout);
}

void time_everything() {
  const Buffers buffers;
  lab::CublasLt blas;
  const std::vector<PrefillKernel> library = lab::prefill_library<T>();
  for (const int tokens : {256, 448, 512, 576, 640, 768, 1024, 1536, 2048, 8192}) {
    lab::CublasLt::Product product(blas, 2 * kFfn, kHidden, tokens, false);
    watchdog.begin("choosing an algorithm");
    product.choose(tokens > 2048 ? 20 : 32, buffers.gate_up.get(), buffers.x.get(), buffers.both.get());
    std::vector<Choice> choices;
    for (const PrefillKernel& k : library) {
      if (k.columns >= 208 || tokens <= 2048) choices.push_back({k, 8});
      if (k.columns == 256 && tokens > 2048) choices.push_back({k, 16});
    }
    for (const PrefillKernel& k : lab::prefill_splits<T>()) {
      if (tokens >= 448) choices.push_back({k, tokens > 2048 ? 16 : 8, lab::best_wide_rows(k, tokens, kFfn)});
    }
    const bool important = tokens == 512 || tokens == 576 || tokens == 1024 || tokens == 8192;
    const Best best = time_tokens(buffers, product, tokens, choices, important ? 1.8 : 1.0);
    if (important) time_layer(buffers, blas, product, best, tokens);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string only = count > 1 ? arguments[1] : "";
  bool holds = true;
  if (only != "time") {
    for (const PrefillKernel& k : lab::prefill_library<T>()) holds = check_kernel<T>(k, k.columns % 128 == 0) && holds;
    for (const PrefillKernel& k : lab::prefill_library<__half>()) holds = check_kernel<__half>(k, false) && holds;
    for (const PrefillKernel& k : lab::prefill_splits<T>()) holds = check_kernel<T>(k, true) && holds;
    for (const PrefillKernel& k : lab::prefill_splits<__half>()) holds = check_kernel<__half>(k, false) && holds;
  }
  if ((only.empty() || only == "time") && !lab::once()) time_everything();
#if defined(PENSTOCK_BOUNDED_WAITS)
  int gave_up = 0;
  CHECK(cudaMemcpyFromSymbol(&gave_up, penstock::gave_up, sizeof gave_up));
  if (gave_up != 0) std::printf("FAIL  a wait was given up\n");
  holds = holds && gave_up == 0;
#endif
  std::printf(holds ? "prefill_gemm: all right\n" : "prefill_gemm: FAILED\n");
  return holds ? 0 : 1;
}
