// Checks prefill attention against double precision at odd shapes, then times it. Exit code 1 when a result is off.

#include "../src/attention_prefill.cu"
#include "../src/attention_prefill_wgmma.cu"
#include "attention_case.cuh"
#include "watchdog.cuh"

namespace {

using lab::Heads;
using lab::KernelPointer;
using lab::SequenceShape;

lab::Watchdog watchdog(20);

PENSTOCK_ATTENTION_KERNEL(kernel, penstock_attention_prefill)

int rows(int dim) { return dim > 128 ? 64 : 128; }
int shared_bytes(int dim) { return dim > 128 ? 65536 : 512 * dim; }
int stage_pages(int dim) { return dim > 128 ? 2 : 4; }
size_t partial_floats(int dim) { return static_cast<size_t>(rows(dim)) * (dim + 8); }

template <typename T>
KernelPointer<T> wgmma_kernel(int dim);
template <>
KernelPointer<__nv_bfloat16> wgmma_kernel(int dim) {
  return dim == 64 ? penstock_attention_prefill_wgmma_bf16_d64 : penstock_attention_prefill_wgmma_bf16_d128;
}
template <>
KernelPointer<__half> wgmma_kernel(int dim) {
  return dim == 64 ? penstock_attention_prefill_wgmma_f16_d64 : penstock_attention_prefill_wgmma_f16_d128;
}

bool has_wgmma() {
  int major = 0, minor = 0;
  CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
  CHECK(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0));
  return major == 9 && minor == 0;
}

template <typename T, typename... Arguments>
void launch(bool wgmma, const Heads& heads, int items, int wide_grid, cudaStream_t stream, Arguments... arguments) {
  const auto run = wgmma ? wgmma_kernel<T>(heads.dim) : kernel<T>(heads.dim);
  const int shared = wgmma ? 1024 * heads.dim + 1280 : shared_bytes(heads.dim);
  const dim3 grid = wgmma ? dim3(wide_grid) : dim3(heads.kv_heads, items);
  const dim3 block(wgmma ? 384 : 128);
  CHECK(cudaFuncSetAttribute(run, cudaFuncAttributeMaxDynamicSharedMemorySize, shared));
  run<<<grid, block, shared, stream>>>(arguments...);
  CHECK(cudaGetLastError());
}

lab::PrefillShape shape_of(const Heads& heads, bool wgmma, int window, int forced_pages) {
  return {rows(heads.dim), heads.group, heads.kv_heads, window, (wgmma ? 1 : 2) * lab::multiprocessors(), stage_pages(heads.dim), forced_pages};
}

struct Case {
  Heads heads;
  std::vector<SequenceShape> sequences;
  int window = 0;
  float sharpness = 1;
  int forced_pages = 0;
};

template <typename T>
bool check(const Case& c, bool wgmma, std::mt19937_64& random) {
  const Heads& heads = c.heads;
  const lab::Layout layout(c.sequences, random);
  const auto cache = lab::random_cache<T>(layout, heads, random);
  const auto qkv = lab::random_values<T>(static_cast<size_t>(layout.tokens) * heads.row(), 1.0f, random);
  const auto plan = lab::plan_prefill(layout.sequences, layout.block_start, layout.query_start,
                                      shape_of(heads, wgmma, c.window, c.forced_pages));
  const int extra = 2;
  auto work = plan.work;
  work.resize(work.size() + extra * lab::kRecord, 0x7fffffff);
  const float scale = c.sharpness / std::sqrt(static_cast<float>(heads.dim));
  const size_t outputs = static_cast<size_t>(layout.tokens) * heads.query_heads() * heads.dim;
  lab::DeviceArray<T> dcache(cache), dqkv(qkv), dout(outputs);
  lab::DeviceArray<int> dids(layout.block_ids), dwork(work);
  lab::DeviceArray<float> dpartials((plan.slots + 1) * heads.kv_heads * partial_floats(heads.dim));
  const std::vector<int> zeros((plan.slots + 1) * heads.kv_heads, 0);
  lab::DeviceArray<int> dcounters(zeros);

  std::vector<T> out, again;
  for (int round = 0; round < 2; ++round) {
    dout.poison();
    dpartials.poison();
    const int grid = round == 0 ? lab::multiprocessors() : 3;  // few blocks have long rounds
    launch<T>(wgmma, heads, plan.items + extra, grid, nullptr, dout.get(), dqkv.get(), dcache.get(), dids.get(),
              dwork.get(), dpartials.get(), dcounters.get(), heads.query_heads(), heads.kv_heads, c.window, scale);
    (round == 0 ? out : again) = dout.download();
  }
  lab::Error error;
  size_t unwritten = 0;
  for (size_t s = 0; s < c.sequences.size(); ++s) {
    const auto& sequence = c.sequences[s];
    const bool mine = sequence.context > 0 && sequence.queries > 1;
    const size_t first = static_cast<size_t>(layout.query_start[s]) * heads.query_heads() * heads.dim;
    for (size_t i = 0; i < static_cast<size_t>(sequence.queries) * heads.query_heads() * heads.dim; ++i) {
      unwritten += std::isnan(lab::to_double(out[first + i])) == mine;
    }
    for (int i = 0; mine && i < 6; ++i) {
      const int query = i == 0 ? 0 : i == 1 ? sequence.queries - 1 : random() % sequence.queries;
      const int head = i == 2 ? heads.query_heads() - 1 : random() % heads.query_heads();
      const size_t row = layout.query_start[s] + query;
      error.add(out.data() + (row * heads.query_heads() + head) * heads.dim,
                lab::reference_row(layout, heads, cache, qkv.data() + row * heads.row() + head * heads.dim,
                                   static_cast<int>(s), head, sequence.context - sequence.queries + query, c.window, scale));
    }
  }
  const bool repeats = std::memcmp(out.data(), again.data(), outputs * sizeof(T)) == 0;
  const bool counters_zero = dcounters.download() == zeros;
  const double relative = error.relative();
  const bool holds = relative < lab::attention_tolerance<T>() && unwritten == 0 && repeats && counters_zero;
  std::printf("%s  %s %s D %3d  kv heads %d  group %2d  sequences %2zu  tokens %4d  window %4d  items %3d  partials %3d  error %.2e%s%s%s\n",
              holds ? "ok  " : "FAIL", wgmma ? "wgmma" : "mma  ", lab::type_name<T>(), heads.dim, heads.kv_heads, heads.group, c.sequences.size(),
              layout.tokens, c.window, plan.items, plan.slots, relative, unwritten ? "  WRONG PLACES" : "",
              repeats ? "" : "  DIFFERS WHEN REPEATED", counters_zero ? "" : "  COUNTERS LEFT");
  return holds;
}

void time_prefill(bool wgmma, int batch, int queries, int prefix, double copy, std::mt19937_64& random) {
  const Heads heads{8, 4, 128};
  using T = __nv_bfloat16;
  const lab::Layout layout(std::vector<SequenceShape>(batch, {prefix + queries, queries}), random);
  lab::DeviceArray<T> cache(layout.blocks * heads.block_elements()), qkv(static_cast<size_t>(layout.tokens) * heads.row()),
      out(static_cast<size_t>(layout.tokens) * heads.query_heads() * heads.dim);
  lab::fill(cache.get(), layout.blocks * heads.block_elements() * sizeof(T));
  lab::fill(qkv.get(), static_cast<size_t>(layout.tokens) * heads.row() * sizeof(T));
  const auto plan = lab::plan_prefill(layout.sequences, layout.block_start, layout.query_start, shape_of(heads, wgmma, 0, 0));
  lab::DeviceArray<int> ids(layout.block_ids), work(plan.work);
  lab::DeviceArray<float> partials((plan.slots + 1) * heads.kv_heads * partial_floats(heads.dim));
  lab::DeviceArray<int> counters(std::vector<int>((plan.slots + 1) * heads.kv_heads, 0));
  const float scale = 1.0f / std::sqrt(static_cast<float>(heads.dim));
  const double ms = lab::graph_ms(4, 9, [&](int, cudaStream_t stream) {
    launch<T>(wgmma, heads, plan.items, lab::multiprocessors(), stream, out.get(), qkv.get(), cache.get(), ids.get(),
              work.get(), partials.get(), counters.get(), heads.query_heads(), heads.kv_heads, 0, scale);
  });
  const double pairs = batch * (static_cast<double>(queries) * prefix + queries * (queries + 1.0) / 2);
  const double flops = 4.0 * heads.query_heads() * heads.dim * pairs;
  const double bytes = 2.0 * batch * heads.dim * sizeof(T) * (queries * heads.query_heads() + (prefix + queries) * heads.kv_heads);
  std::printf("%s  %2d x %5d on %5d  %8.1f us  %4.0f TFLOP/s of causal products  (%.2f TB/s, copy %.2f)  items %d  partials %d\n",
              wgmma ? "wgmma" : "mma  ", batch, queries, prefix, ms * 1e3, flops / ms / 1e9, bytes / ms / 1e9, copy / 1e12, plan.items, plan.slots);
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  const bool wgmma = has_wgmma();
  if (!wgmma) std::printf("no wgmma on this GPU: its kernels are not checked\n");
  const std::vector<SequenceShape> mixed = {{40, 40}, {100, 2}, {0, 1}, {1, 1}, {2, 2}, {600, 300}, {77, 33}, {2000, 65}, {31, 31}, {0, 1}, {160, 16}};
  std::vector<Case> cases;
  for (const int dim : {16, 32, 64, 80, 96, 128, 256}) {
    cases.push_back({{2, 4, dim}, mixed});
    cases.push_back({{1, 3, dim}, {{129, 129}, {333, 47}}, 0, 6.0f, 8});
  }
  for (const int group : {1, 2, 3, 4, 7, 8, 16, 60}) {
    cases.push_back({{2, group, 128}, {{300, 300}, {517, 130}, {16, 16}}, 0, 3.0f, group % 2 ? 12 : 0});
    cases.push_back({{3, group, 64}, {{65, 64}, {200, 3}}, 0, 1.0f});
  }
  for (const int window : {1, 2, 15, 16, 17, 100, 1024}) {
    cases.push_back({{2, 4, 128}, mixed, window, 2.0f});
    cases.push_back({{1, 7, 80}, mixed, window, 2.0f, 4});
  }
  cases.push_back({{8, 4, 128}, {{5000, 64}}, 0, 4.0f});
  cases.push_back({{8, 4, 128}, {{2100, 2100}}});
  double copy = 0;
  const int shapes[][3] = {{16, 512, 0}, {8, 1000, 0}, {4, 2048, 0}, {1, 8192, 0}, {1, 32768, 0}, {1, 512, 4096}, {1, 64, 8192}, {4, 16, 1000}};
  // The wgmma kernel last: should it hang, the other's results are there.
  for (int wide = 0; wide <= (wgmma ? 1 : 0); ++wide) {
    for (const Case& c : cases) {
      if (wide && c.heads.dim != 64 && c.heads.dim != 128) continue;
      watchdog.begin(wide ? "wgmma, after the case printed last" : "mma, after the case printed last");
      holds = check<__nv_bfloat16>(c, wide, random) && holds;
      holds = check<__half>(c, wide, random) && holds;
      std::fflush(stdout);
    }
    watchdog.begin("timings");
    if (!wide) copy = lab::copy_rate();
    std::printf("copy %.2f TB/s, read plus written\n", copy / 1e12);
    for (const auto& s : shapes) {
      time_prefill(wide, s[0], s[1], s[2], copy, random);
      std::fflush(stdout);
    }
  }
  return holds ? 0 : 1;
}
