// Checks the fused layer against double precision, phase by phase and at odd shapes, then with few blocks, many blocks
// and beside another of its kind; then times 32 layers of Llama 3.1 8B with it and with the kernels that it replaces.
// Exit code 1 when a result is off; a wait that takes seconds ends a kernel with an error (exit code 2).
//   decode_layer [check|time|trace]...
//
// Floors and predictions, written before the first run (one H100; microseconds of a layer between two attentions):
//   bytes: 436 MB, at 3.0 TB/s 145; today 165 at 32 tokens and 185 at 128, and 5 of gaps; wanted 155 and 170.

#include <cstring>
#include <memory>

#include "decode_layer_step.cuh"
#include "watchdog.cuh"

namespace {

lab::Watchdog watchdog(30);
int sms = 0;

struct Tally {
  int cases = 0, failed = 0;
  double worst[4] = {};
};

using lab::Bf16;

template <class S>
lab::LayerKernel variant(const char* name) { return lab::layer_variant<Bf16, S>(name); }

constexpr int kGuard = 2;  // rows of out that nobody may write

template <typename T>
struct LayerCase {
  int hidden, attended, ffn, qkv_rows, tokens;
  bool biased;
  lab::DeviceArray<T> w_o, w_gate_up, w_down, w_qkv, bias_hidden, bias_qkv, gain1, gain2, x, normed, activated, out;
  lab::DeviceArray<float> before, residual, partials;
  lab::DeviceArray<uint32_t> control;
  std::unique_ptr<lab::DeviceArray<CUtensorMap>> maps;

  LayerCase(int h, int at, int f, int q, int t, bool b, uint64_t seed)
      : hidden(h), attended(at), ffn(f), qkv_rows(q), tokens(t), biased(b), w_o(size_t(h) * at),
        w_gate_up(size_t(2) * f * h), w_down(size_t(h) * f), w_qkv(size_t(q) * h), bias_hidden(h), bias_qkv(q), gain1(h),
        gain2(h), x(size_t(t + kGuard) * at), normed(size_t(t + kGuard) * h), activated(size_t(t + kGuard) * f),
        out(size_t(t + kGuard) * q), before(size_t(t) * h), residual(size_t(t + kGuard) * h),
        partials(size_t(16) * t * std::max(h, q)), control(lab::kControlWords) {
    const auto random = [&](T* to, size_t count, float scale) {
      lab::fill<<<1024, 256>>>(to, count, scale, ++seed);
      CHECK(cudaGetLastError());
    };
    x.poison();
    random(w_o.get(), size_t(h) * at, 3.0f / std::sqrt(float(at)));
    random(w_gate_up.get(), size_t(2) * f * h, 3.0f / std::sqrt(float(h)));
    random(w_down.get(), size_t(h) * f, 3.0f / std::sqrt(float(f)));
    random(w_qkv.get(), size_t(q) * h, 3.0f / std::sqrt(float(h)));
    random(bias_hidden.get(), h, 1.0f);
    random(bias_qkv.get(), q, 1.0f);
    random(gain1.get(), h, 1.7f);
    random(gain2.get(), h, 1.7f);
    random(x.get(), size_t(t) * at, 1.7f);
    lab::fill<<<256, 256>>>(before.get(), size_t(t) * h, 1.7f, ++seed);
  }

  void make_maps(int columns) {
    maps = std::make_unique<lab::DeviceArray<CUtensorMap>>(std::vector<CUtensorMap>{
        lab::map_of(w_o.get(), attended, hidden, 64), lab::map_of(w_gate_up.get(), hidden, 2 * ffn, 64),
        lab::map_of(w_down.get(), ffn, hidden, 64), lab::map_of(w_qkv.get(), hidden, qkv_rows, 64),
        lab::map_of(x.get(), attended, tokens + kGuard, columns), lab::map_of(normed.get(), hidden, tokens + kGuard, columns),
        lab::map_of(activated.get(), ffn, tokens + kGuard, columns)});
  }

  // phases: 1 o and its norm, 3 up to down, 4 all.
  lab::LayerArguments arguments(const lab::Splits& splits, int phases, bool next_norm) const {
    const CUtensorMap* map = maps->get();
    const T* hidden_bias = biased ? bias_hidden.get() : nullptr;
    lab::LayerArguments a = {};
    a.o = {map, map + 4, hidden_bias, hidden, attended, splits.o};
    a.gate_up = {map + 1, map + 5, nullptr, phases > 1 ? ffn : 0, hidden, 1};
    a.down = {map + 2, map + 6, hidden_bias, phases > 1 ? hidden : 0, ffn, splits.down};
    a.qkv = {map + 3, map + 5, biased ? bias_qkv.get() : nullptr, phases > 3 ? qkv_rows : 0, hidden, splits.qkv};
    a.residual = residual.get();
    a.post_gain = gain1.get();
    a.next_gain = next_norm ? gain2.get() : nullptr;
    a.normed = normed.get();
    a.activated = activated.get();
    a.out = out.get();
    a.partials = partials.get();
    a.control = control.get();
    a.eps = 1e-5f;
    a.tokens = tokens;
    return a;
  }

  void prepare(cudaStream_t stream = nullptr) {
    for (auto* array : {&normed, &activated, &out}) array->poison();
    residual.poison();
    partials.poison();
    reset(stream);
    CHECK(cudaDeviceSynchronize());
  }
  void reset(cudaStream_t stream) {
    CHECK(cudaMemcpyAsync(residual.get(), before.get(), size_t(tokens) * hidden * 4, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemsetAsync(control.get(), 0, lab::kControlWords * 4, stream));
  }
};

template <typename T>
struct Results {
  std::vector<float> residual;
  std::vector<T> normed, activated, out;

  explicit Results(const LayerCase<T>& c)
      : residual(c.residual.download()), normed(c.normed.download()), activated(c.activated.download()),
        out(c.out.download()) {}
  template <typename V>
  static bool same(const std::vector<V>& a, const std::vector<V>& b) { return lab::same_bits(a, b, a.size()); }
  bool operator==(const Results& r) const {
    return same(residual, r.residual) && same(normed, r.normed) && same(activated, r.activated) && same(out, r.out);
  }
};

template <typename T>
bool check(const lab::LayerKernel& kernel, LayerCase<T>& c, const lab::Splits& splits, const std::vector<int>& grids,
           Tally& tally) {
  char label[200];
  std::snprintf(label, sizeof label, "%s %s n%d %d tokens, hidden %d attended %d ffn %d qkv %d, splits %d %d %d%s",
                lab::type_name<T>(), kernel.name, kernel.columns, c.tokens, c.hidden, c.attended, c.ffn, c.qkv_rows,
                splits.o, splits.down, splits.qkv, c.biased ? ", biases" : "");
  watchdog.begin(label);
  c.make_maps(kernel.box_rows());
  const auto run = [&](int phases, bool next_norm, int grid, bool pdl) {
    c.prepare();
    lab::launch_layer(kernel, c.arguments(splits, phases, next_norm), grid, nullptr, pdl);
    CHECK(cudaGetLastError());
    const cudaError_t status = cudaDeviceSynchronize();
    if (status != cudaSuccess) {
      std::printf("FAIL  %s, phases %d, grid %d: %s\n", label, phases, grid, cudaGetErrorString(status));
      std::exit(2);
    }
    return Results<T>(c);
  };
  const Results<T> first = run(1, true, grids[0], false);
  const Results<T> all = run(4, true, grids[0], false);
  const Results<T> last = run(3, false, grids[0], false);
  int differing = 0;
  for (size_t i = 1; i < grids.size(); ++i) differing += !(run(4, true, grids[i], i % 2 == 1) == all);

  const T* hidden_bias = c.biased ? c.bias_hidden.get() : nullptr;
  const int tokens = c.tokens, hidden = c.hidden;
  const float eps = 1e-5f;
  lab::DeviceArray<float> middle(first.residual);
  lab::DeviceArray<T> middle_normed(first.normed);
  lab::DeviceArray<T> final_activated(all.activated), final_normed(all.normed);
  struct Part {
    const char* name;
    double error, limit;
  };
  const auto error = [](const auto& got, const std::vector<double>& wanted) {
    double worst = lab::error_of(got, wanted);
    // No single element may be far off either.
    for (size_t i = 0; i < wanted.size(); ++i) {
      const double d = std::abs(lab::to_double(got[i]) - wanted[i]);
      if (!(d <= 8e-3 * std::max(std::abs(wanted[i]), 0.25))) worst = std::max(worst, 1.0);
    }
    return worst;
  };
  const double rounded = lab::tolerance<T>(static_cast<size_t>(tokens) * std::min(hidden, c.qkv_rows));
  const Part parts[] = {
      {"o", error(first.residual, lab::expected_product(c.w_o.get(), c.x.get(), hidden_bias, c.before.get(), false,
                                                        tokens, hidden, c.attended)), 1e-5},
      {"norm", error(first.normed, lab::expected_norm(first.residual, c.gain1.download(), tokens, eps)), rounded},
      {"gate-up", error(all.activated, lab::expected_product<T>(c.w_gate_up.get(), middle_normed.get(), nullptr, nullptr,
                                                                true, tokens, c.ffn, hidden)), 1.02 * rounded},
      {"down", error(all.residual, lab::expected_product(c.w_down.get(), final_activated.get(), hidden_bias,
                                                         middle.get(), false, tokens, hidden, c.ffn)), 1e-5},
      {"norm", error(all.normed, lab::expected_norm(all.residual, c.gain2.download(), tokens, eps)), rounded},
      {"qkv", error(all.out, lab::expected_product<T>(c.w_qkv.get(), final_normed.get(),
                                                      c.biased ? c.bias_qkv.get() : nullptr, nullptr, false, tokens,
                                                      c.qkv_rows, hidden)), 1.02 * rounded}};
  bool clean = true;
  for (const auto* r : {&all, &first, &last}) {
    clean = clean && lab::untouched(r->residual, size_t(tokens) * hidden) &&
            lab::untouched(r->normed, size_t(tokens) * hidden) && lab::untouched(r->out, size_t(tokens) * c.qkv_rows) &&
            lab::untouched(r->activated, size_t(tokens) * c.ffn);
  }
  clean = clean && lab::untouched(first.activated, 0) && lab::untouched(last.out, 0);
  const bool last_holds = Results<T>::same(last.residual, all.residual) && Results<T>::same(last.normed, first.normed);
  bool holds = clean && last_holds && differing == 0;
  for (const Part& p : parts) holds = holds && p.error < p.limit;
  ++tally.cases;
  if (!holds && ++tally.failed <= 10) {
    std::printf("FAIL  %s\n      ", label);
    for (const Part& p : parts) std::printf("%s %.1e (%.1e)  ", p.name, p.error, p.limit);
    std::printf("\n      runs that differ %d%s%s\n", differing, clean ? "" : ", WRITTEN WHERE NOTHING BELONGS",
                last_holds ? "" : ", LAST LAYER DIFFERS");
  }
  for (int i = 0; i < 6; ++i) {
    double& worst = tally.worst[i % 3 == 0 ? 0 : i % 3 == 1 && i < 3 ? 1 : i == 4 ? 1 : i == 2 ? 2 : 3];
    if (!(parts[i].error <= worst)) worst = parts[i].error;
  }
  return holds;
}

bool report(const char* what, const Tally& t) {
  std::printf("%s  %-34s %3d cases, %d failed; worst errors: residual %.1e norm %.1e gate-up %.1e qkv %.1e\n",
              t.failed == 0 ? "ok  " : "FAIL", what, t.cases, t.failed, t.worst[0], t.worst[1], t.worst[2], t.worst[3]);
  std::fflush(stdout);
  return t.failed == 0;
}

template <typename T>
bool check_type(const char* name, const std::vector<int>& counts, lab::LayerKernel (*kernel_for)(int)) {
  bool holds = true;
  struct Sizes {
    int hidden, attended, ffn, qkv;
  };
  Tally odd, real;
  int i = 0;
  for (const int tokens : counts) {
    for (const Sizes& s : {Sizes{64, 64, 64, 64}, {256, 128, 512, 384}, {576, 512, 1536, 960}, {896, 896, 4864, 1152},
                           {104, 72, 200, 136}, {2048, 2048, 8192, 3072}, {5120, 320, 1032, 7168}, {8200, 8, 72, 264}}) {
      if (s.hidden >= 2048 && tokens != 1 && tokens != 32 && tokens != 50 && tokens != 128) continue;
      LayerCase<T> c(s.hidden, s.attended, s.ffn, s.qkv, tokens, i % 2 == 0, 1000 * ++i);
      const auto kernel = kernel_for(tokens);
      const auto planned = lab::splits_of(s.hidden, s.attended, s.ffn, s.qkv, sms, kernel.pair);
      check(kernel, c, planned, {sms, s.hidden <= 256 ? 1 : 5, 2 * sms + 3, 17}, odd);
      check(kernel, c, {1, std::min(2, (s.ffn + 63) / 64), 1}, {sms, 31, sms}, odd);
      check(kernel, c, {std::min(3, (s.attended + 63) / 64), std::min(7, (s.ffn + 63) / 64), std::min(19, (s.hidden + 63) / 64)},
            {sms - 1, sms}, odd);
    }
  }
  holds = report((std::string(name) + ", odd shapes").c_str(), odd) && holds;
  for (const int tokens : {9, 16, 32, 64, 127}) {
    if (counts.size() < 6 && tokens != 32 && tokens != 127) continue;
    LayerCase<T> c(4096, 4096, 14336, 6144, tokens, false, 77 + tokens);
    const auto kernel = kernel_for(tokens);
    std::vector<int> grids(tokens == 32 ? 50 : 8, sms);
    grids[2] = 64, grids[3] = 2 * sms, grids[5] = 7;
    check(kernel, c, lab::splits_of(4096, 4096, 14336, 6144, sms, kernel.pair), grids, real);
    check(kernel, c, {4, 8, 96 / kernel.pair}, {sms, sms}, real);
  }
  return report((std::string(name) + ", 8B shapes").c_str(), real) && holds;
}

// Two engines at once: neither has all of its blocks running.
bool check_two_streams() {
  using T = __nv_bfloat16;
  bool holds = true;
  for (const int tokens : {32, 128}) {
    watchdog.begin("two streams at once");
    const auto kernel = lab::layer_library<T>(tokens);
    LayerCase<T> cases[2] = {{4096, 4096, 14336, 6144, tokens, false, 5}, {2048, 2048, 8192, 3072, tokens, true, 6}};
    cudaStream_t streams[2];
    std::unique_ptr<Results<T>> alone[2];
    for (int i = 0; i < 2; ++i) {
      CHECK(cudaStreamCreateWithFlags(&streams[i], cudaStreamNonBlocking));
      cases[i].make_maps(kernel.box_rows());
      cases[i].prepare();
      lab::launch_layer(kernel, cases[i].arguments({4, 4, 66}, 4, true), sms, streams[i], false);
      CHECK(cudaDeviceSynchronize());
      alone[i] = std::make_unique<Results<T>>(cases[i]);
      cases[i].prepare();
    }
    for (int round = 0; round < 200; ++round) {
      for (int i = 0; i < 2; ++i) {
        cases[i].reset(streams[i]);
        lab::launch_layer(kernel, cases[i].arguments({4, 4, 66}, 4, true), round % 3 == 0 ? 2 * sms : sms,
                          streams[i], true);
      }
    }
    CHECK(cudaDeviceSynchronize());
    bool same = true;
    for (int i = 0; i < 2; ++i) same = Results<T>(cases[i]) == *alone[i] && same;
    std::printf("%s  two streams at once, %d tokens, 200 rounds\n", same ? "ok  " : "FAIL", tokens);
    std::fflush(stdout);
    holds = holds && same;
  }
  return holds;
}

constexpr double kBytes = 2.0 * lab::kLayerWeights;

void print_time(const char* what, int tokens, double plain, double with_attention) {
  std::printf("%3d tokens  %-44s %7.1f us a layer  %.3f TB/s   with attention %7.1f us, 32 layers %.3f ms\n", tokens, what,
              plain * 1e3 / 32, 32 * kBytes / plain / 1e9, with_attention * 1e3 / 32, with_attention);
  std::fflush(stdout);
}

template <typename F>
double time_graph(F body) {
  lab::Graph graph(body);
  return graph.time(lab::once() ? 1 : 9);
}

bool time_fused(lab::Model& model, const lab::Attention& attention, const lab::Fused& f, int tokens,
                std::vector<float>& expected) {
  char what[120];
  std::snprintf(what, sizeof what, "%s splits %d %d %d", f.kernel.name, f.splits.o, f.splits.down, f.splits.qkv);
  watchdog.begin(what);
  const double plain = time_graph([&](cudaStream_t s) { f.enqueue(model, tokens, nullptr, s); });
  const double with = time_graph([&](cudaStream_t s) { f.enqueue(model, tokens, &attention, s); });
  print_time(what, tokens, plain, with);
  // The stream after 32 layers: near the others' (other splits round otherwise).
  const auto got = model.residual.download();
  double difference = 0, norm = 0;
  for (size_t i = 0; i < static_cast<size_t>(tokens) * lab::kHidden; ++i) {
    difference += (got[i] - expected[i]) * (got[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  const double error = std::sqrt(difference / norm);
  const bool holds = error < 5e-2;
  if (!holds) std::printf("FAIL  residual after 32 layers differs by %.2e\n", error);
  return holds;
}

[[maybe_unused]] bool time_everything() {
  using penstock::decode_layer::Shape;
  watchdog.begin("copy");
  std::printf("copy %.3f TB/s\n", lab::copy_rate() / 1e12);
  lab::Model model;
  bool holds = true;
  for (const int tokens : {32, 128, 16, 64}) {
    watchdog.begin("today");
    const lab::Attention attention(tokens, 3);
    const lab::Today today(model, tokens);
    const double plain = time_graph([&](cudaStream_t s) { today.enqueue(nullptr, s); });
    const double with = time_graph([&](cudaStream_t s) { today.enqueue(&attention, s); });
    print_time("today", tokens, plain, with);
    auto expected = model.residual.download();
    const auto fused = [&](const lab::LayerKernel& kernel, lab::Splits splits) {
      holds = time_fused(model, attention, {kernel, splits, sms}, tokens, expected) && holds;
    };
    std::vector<lab::LayerKernel> kernels = {lab::layer_library<Bf16>(tokens)};
    const auto add = [&](const lab::LayerKernel& k) { kernels.push_back(k); };
    if (tokens == 32) {
      add(variant<Shape<32, 1, 12, 6, 8, 5, 2, false>>("12+6 5 2, down at once"));
      add(variant<Shape<32, 1, 12, 6, 8, 5, 2, true, true>>("12+6 5 2, overlapped"));
      add(variant<Shape<32, 2, 12, 6, 8, 5, 2>>("pairs, 12+6 5 2"));
      add(variant<Shape<32, 1, 12, 6, 8, 5, 3>>("12+6 5 3"));
      add(variant<Shape<32, 1, 12, 6, 8, 6, 2>>("12+6 6 2"));
    } else if (tokens == 128) {
      add(variant<Shape<128, 1, 8, 4, 4, 4, 2>>("8+4 4 2"));
      add(variant<Shape<128, 2, 9, 4, 4, 4, 2, true, true>>("pairs, 9+4 4 2, overlapped"));
      add(variant<Shape<128, 2, 9, 4, 4, 5, 2>>("pairs, 9+4 5 2"));
      add(variant<Shape<128, 2, 8, 5, 4, 4, 2>>("pairs, 8+5 4 2"));
      add(variant<Shape<128, 2, 9, 4, 4, 4, 2, false>>("pairs, 9+4 4 2, down at once"));
    } else if (tokens == 64) {
      add(variant<Shape<64, 1, 9, 6, 8, 4, 2, true, true>>("9+6 4 2, overlapped"));
      add(variant<Shape<64, 2, 10, 6, 8, 4, 2>>("pairs, 10+6 4 2"));
      add(variant<Shape<64, 2, 10, 6, 8, 5, 2>>("pairs, 10+6 5 2"));
    } else {
      add(variant<Shape<16, 1, 12, 8, 8, 5, 3>>("12+8 5 3"));
    }
    for (const auto& k : kernels) {
      for (const int down : {4, 5}) fused(k, {4, down, sms / k.pair});
    }
  }
  return holds;
}

#if defined(PENSTOCK_TRACE)
// When the blocks come to each point, in microseconds after the first block's start: of one of the middle layers; and
// when the blocks of the layer behind it start.
void print_trace(lab::Model& model, const lab::LayerKernel& kernel, const lab::Splits& splits, int tokens,
                 bool with_attention) {
  static constexpr const char* kEvents[] = {"start", "", "pdl_wait over", "last o done", "first norm seen", "",
                                            "last gate-up done", "last down done", "second norm seen", "last qkv done",
                                            "o seen by norm", "norm 1 published", "down seen by norm",
                                            "norm 2 published", "all weights issued", ""};
  lab::DeviceArray<unsigned long long> times(size_t{32} * 256 * 16);
  unsigned long long* pointer = times.get();
  const uint32_t* control = model.control.get();
  CHECK(cudaMemset(pointer, 0, size_t{32} * 256 * 16 * 8));
  CHECK(cudaMemcpyToSymbol(penstock::decode_layer::trace_times, &pointer, sizeof pointer));
  CHECK(cudaMemcpyToSymbol(penstock::decode_layer::trace_control, &control, sizeof control));
  const lab::Attention attention(tokens, 3);
  lab::Fused f = {kernel, splits, sms};
  lab::Graph graph([&](cudaStream_t s) { f.enqueue(model, tokens, with_attention ? &attention : nullptr, s); });
  for (int i = 0; i < 3; ++i) graph.run();
  const auto t = times.download();
  const auto at = [&](int layer, int block, int event) { return t[(layer * 256 + block) * 16 + event]; };
  constexpr int kLayer = 15;
  unsigned long long begin = ~0ull;
  for (int b = 0; b < sms; ++b) begin = std::min(begin, at(kLayer, b, 0));
  std::printf("%d tokens, %s, attention %d: us after the first block's start\n", tokens, kernel.name, with_attention);
  const auto print = [&](const char* what, int layer, int event) {
    std::vector<double> v;
    for (int b = 0; b < sms; ++b) {
      if (at(layer, b, event) != 0) v.push_back((static_cast<double>(at(layer, b, event)) - begin) / 1e3);
    }
    if (v.empty()) return;
    std::sort(v.begin(), v.end());
    std::printf("  %-20s blocks %3zu  min %7.2f  10 %% %7.2f  median %7.2f  90 %% %7.2f  max %7.2f\n", what, v.size(), v[0],
                v[v.size() / 10], v[v.size() / 2], v[v.size() * 9 / 10], v.back());
  };
  for (int e = 0; e < 16; ++e) print(kEvents[e], kLayer, e);
  print("next layer's start", kLayer + 1, 0);
  print("next pdl_wait over", kLayer + 1, 2);
}
#endif

}  // namespace

int main(int count, char** arguments) {
  CHECK(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0));
  const auto wanted = [&](const char* what) {
    for (int i = 1; i < count; ++i) {
      if (std::strcmp(arguments[i], what) == 0) return true;
    }
    return count == 1;
  };
  bool holds = true;
  if (wanted("check")) {
    holds = check_type<Bf16>("bf16", {1, 7, 16, 17, 32, 33, 50, 64, 65, 128}, lab::layer_library<Bf16>);
    holds = check_type<__half>("f16", {8, 31, 50, 100}, lab::layer_library<__half>) && holds;
#if !defined(PENSTOCK_TRACE)
    holds = check_type<Bf16>("others", {8, 50, 64, 100, 128}, [](int tokens) {
      using penstock::decode_layer::Shape;
      return tokens <= 16   ? variant<Shape<16, 1, 12, 8, 8, 5, 2, true, true>>("overlapped")
             : tokens <= 64 ? variant<Shape<64, 2, 9, 6, 8, 4, 2, true, true>>("pairs")
                            : variant<Shape<128, 1, 8, 4, 4, 4, 2>>("no pairs");
    }) && holds;
#endif
    holds = check_two_streams() && holds;
  }
#if defined(PENSTOCK_TRACE)
  if (wanted("trace")) {
    lab::Model model;
    using penstock::decode_layer::Shape;
    for (const bool attention : {false, true}) {
      print_trace(model, lab::layer_library<Bf16>(32), {4, 4, 132}, 32, attention);
      print_trace(model, lab::layer_library<Bf16>(128), {4, 4, 66}, 128, attention);
    }
  }
#else
  if (holds && wanted("time")) holds = time_everything();
#endif
  std::printf(holds ? "decode_layer: all right\n" : "decode_layer: FAILED\n");
  return holds ? 0 : 1;
}
