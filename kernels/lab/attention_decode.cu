// Checks decode attention against double precision at odd shapes, then times it against a device-to-device copy.
// Exit code 1 when a result is off. With the argument `pieces` it times small batches by how they are cut instead.

#include "../src/attention_decode.cu"
#include "attention_case.cuh"

namespace {

using lab::Heads;
using lab::SequenceShape;

PENSTOCK_ATTENTION_KERNEL(kernel, penstock_attention_decode)

int blocks_per_multiprocessor(int dim) { return dim > 128 ? 2 : dim > 64 ? 3 : 4; }

struct Case {
  Heads heads;
  std::vector<int> contexts;  // 0: a padded sequence
  int window = 0;
  float sharpness = 1;  // times 1 / sqrt(dim)
  int forced_target = 0;
  bool early = true;
  int grid_share = 1;  // one block for so many workers
};

template <typename T>
bool check(const Case& c, std::mt19937_64& random) {
  const Heads& heads = c.heads;
  std::vector<SequenceShape> shapes;
  for (const int context : c.contexts) shapes.push_back({context, 1});
  const lab::Layout layout(shapes, random);
  const auto cache = lab::random_cache<T>(layout, heads, random);
  const auto qkv = lab::random_values<T>(static_cast<size_t>(layout.tokens) * heads.row(), 1.0f, random);
  const int grid_x = heads.kv_heads * lab::ceil_div(heads.group, 8);
  const auto plan = lab::plan_decode(
      layout.sequences, layout.block_start, layout.query_start,
      {grid_x, lab::multiprocessors(), blocks_per_multiprocessor(heads.dim), c.window, c.forced_target}, c.early);
  const int grid_y = c.grid_share > 1 ? std::max(1, plan.items / c.grid_share) : plan.items + 3;
  const int extra = 3;  // records that blocks beyond the list may look at
  auto work = plan.work;
  work.resize(work.size() + extra * lab::kRecord, 0x7fffffff);

  const float scale = c.sharpness / std::sqrt(static_cast<float>(heads.dim));
  const size_t outputs = static_cast<size_t>(layout.tokens) * heads.query_heads() * heads.dim;
  lab::DeviceArray<T> dcache(cache), dqkv(qkv), dout(outputs);
  lab::DeviceArray<int> dids(layout.block_ids), dwork(work);
  lab::DeviceArray<float> dpartials(static_cast<size_t>(std::max(1, plan.slots)) * heads.query_heads() * (heads.dim + 4));
  const std::vector<int> zeros((1 + plan.slots) * grid_x, 0);
  lab::DeviceArray<int> dcounters(zeros);

  std::vector<T> out, again;
  for (int round = 0; round < 2; ++round) {
    dout.poison();
    dpartials.poison();
    kernel<T>(heads.dim)<<<dim3(grid_x, grid_y), 128>>>(dout.get(), dqkv.get(), dcache.get(), dids.get(), dwork.get(),
                                                            dpartials.get(), dcounters.get(), heads.query_heads(),
                                                            heads.kv_heads, c.window, scale);
    CHECK(cudaGetLastError());
    (round == 0 ? out : again) = dout.download();
  }
  lab::Error error;
  for (size_t s = 0; s < c.contexts.size(); ++s) {
    if (c.contexts[s] == 0) continue;
    for (int i = 0; i < 3; ++i) {
      const int head = i == 0 ? 0 : i == 1 ? heads.query_heads() - 1 : random() % heads.query_heads();
      const size_t at = (s * heads.query_heads() + head) * heads.dim;
      error.add(out.data() + at, lab::reference_row(layout, heads, cache, qkv.data() + s * heads.row() + head * heads.dim,
                                                    static_cast<int>(s), head, c.contexts[s] - 1, c.window, scale));
    }
  }
  size_t unwritten = 0;  // elements of real sequences that are no number, and of padded ones that are touched
  for (size_t i = 0; i < outputs; ++i) {
    const bool padded = c.contexts[i / (static_cast<size_t>(heads.query_heads()) * heads.dim)] == 0;
    unwritten += std::isnan(lab::to_double(out[i])) != padded;
  }
  const bool repeats = std::memcmp(out.data(), again.data(), outputs * sizeof(T)) == 0;
  const bool counters_zero = dcounters.download() == zeros;
  const double relative = error.relative();
  const bool holds = relative < lab::attention_tolerance<T>() && unwritten == 0 && repeats && counters_zero;
  std::printf("%s  %s D %3d  kv heads %d  group %2d  sequences %2zu  longest %4d  window %4d  workers %3d  partials %3d  "
              "error %.2e%s%s%s\n",
              holds ? "ok  " : "FAIL", lab::type_name<T>(), heads.dim, heads.kv_heads, heads.group, c.contexts.size(),
              *std::max_element(c.contexts.begin(), c.contexts.end()), c.window, plan.items, plan.slots, relative,
              unwritten ? "  WRONG PLACES" : "", repeats ? "" : "  DIFFERS WHEN REPEATED",
              counters_zero ? "" : "  COUNTERS LEFT");
  return holds;
}

void time_decode(int batch, int context, double copy, std::mt19937_64& random, int forced_piece = 0) {
  const Heads heads{8, 4, 128};
  using T = __nv_bfloat16;
  const lab::Layout layout(std::vector<SequenceShape>(batch, {context, 1}), random);
  const size_t layer_elements = layout.blocks * heads.block_elements();
  const double bytes = 2.0 * batch * context * heads.kv_heads * heads.dim * sizeof(T);
  const int layers = static_cast<int>(std::min(32.0, std::max(2.0, 400e6 / bytes)));
  lab::DeviceArray<T> cache(layer_elements * layers), qkv(static_cast<size_t>(batch) * heads.row()),
      out(static_cast<size_t>(batch) * heads.query_heads() * heads.dim);
  lab::fill(cache.get(), layer_elements * layers * sizeof(T));
  lab::fill(qkv.get(), static_cast<size_t>(batch) * heads.row() * sizeof(T));
  const auto plan = lab::plan_decode(layout.sequences, layout.block_start, layout.query_start,
                                     {heads.kv_heads, lab::multiprocessors(), blocks_per_multiprocessor(heads.dim), 0, 0,
                                      forced_piece});
  const int resident = lab::multiprocessors() * blocks_per_multiprocessor(heads.dim) / heads.kv_heads;
  auto padded = plan.work;
  padded.resize(padded.size() + resident * lab::kRecord);
  lab::DeviceArray<int> ids(layout.block_ids), work(padded);
  lab::DeviceArray<float> partials(static_cast<size_t>(plan.slots + 1) * heads.query_heads() * (heads.dim + 4));
  lab::DeviceArray<int> counters(std::vector<int>((plan.slots + 1) * heads.kv_heads, 0));
  const float scale = 1.0f / std::sqrt(static_cast<float>(heads.dim));
  double ms[2];
  for (int programmatic = 0; programmatic < 2; ++programmatic) {
    ms[programmatic] = lab::graph_ms(layers, 9, [&](int layer, cudaStream_t stream) {
      const dim3 grid(heads.kv_heads, resident);
      const T* layer_cache = cache.get() + layer * layer_elements;
      lab::launch(kernel<T>(128), grid, 128, 0, stream, programmatic == 1, out.get(), qkv.get(), layer_cache, ids.get(),
                  work.get(), partials.get(), counters.get(), heads.query_heads(), heads.kv_heads, 0, scale);
    });
  }
  const double rate = bytes / ms[0] * 1e3;
  std::printf("batch %3d  context %5d  %8.2f us  %.2f TB/s  share of copy %3.0f %%   programmatic %8.2f us   workers %d  partials %d\n",
              batch, context, ms[0] * 1e3, rate / 1e12, 100 * rate / copy, ms[1] * 1e3, plan.items, plan.slots);
}

// What the planner's choice of pieces costs and gains: every size for small batches.
void time_pieces(double copy, std::mt19937_64& random) {
  for (const auto& [batch, context] : {std::pair(1, 128), {1, 264}, {1, 528}, {1, 4096}, {1, 16000}, {4, 264}, {4, 528},
                                       {8, 528}, {16, 264}, {16, 528}}) {
    const int pages = lab::ceil_div(context, lab::kPage);
    std::printf("as planned    ");
    time_decode(batch, context, copy, random);
    for (const int pieces : {1, 2, 3, 5, 8, 12, 16, 24, 32, 48}) {
      const int size = lab::ceil_div(pages, pieces);
      if (size < 2 || pieces * batch > 98) continue;
      std::printf("%4d a piece  ", size);
      time_decode(batch, context, copy, random, size);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::mt19937_64 random(std::random_device{}());
  if (count > 1 && std::string(arguments[1]) == "pieces") {
    time_pieces(lab::copy_rate(), random);
    return 0;
  }
  bool holds = true;
  std::vector<int> mixed = {1, 5000, 16, 17, 0, 333, 15, 2, 1024, 63, 64, 65, 0};
  std::vector<int> many(40);
  for (size_t i = 0; i < many.size(); ++i) many[i] = 1 + random() % 700;
  std::vector<Case> cases;
  for (const int dim : {16, 32, 64, 80, 96, 128, 256}) {
    cases.push_back({{2, 4, dim}, mixed});
    cases.push_back({{1, 3, dim}, {500, 31, 129}, 0, 6.0f, 5});
  }
  for (const int group : {1, 2, 3, 4, 7, 8, 16, 71}) {
    cases.push_back({{2, group, 128}, {777, 20, 256}, 0, 3.0f, group % 2 ? 3 : 0});
    cases.push_back({{3, group, 64}, {1, 90}, 0, 1.0f});
  }
  // More pieces than are merged at a time, and columns with one thread and with many.
  for (const int dim : {16, 64, 128, 256}) {
    for (const int group : {1, 4, 8}) cases.push_back({{1, group, dim}, {1500, 700, 17}, 0, 4.0f, 1});
  }
  for (const int window : {1, 2, 15, 16, 17, 100, 1024}) cases.push_back({{2, 4, 128}, mixed, window, 2.0f});
  cases.push_back({{8, 4, 128}, {5000}, 0, 8.0f});
  cases.push_back({{8, 4, 128}, {528}, 0, 1.0f, 0, false});
  cases.push_back({{8, 4, 128}, many});
  cases.push_back({{8, 4, 128}, many, 0, 2.0f, 7, false});
  cases.push_back({{8, 4, 128}, many, 300, 2.0f, 1});
  cases.push_back({{4, 7, 64}, many, 0, 1.0f, 11});
  for (const int share : {2, 3, 10, 1000}) cases.push_back({{2, 4, 128}, many, 0, 2.0f, 9, share % 2 == 0, share});
  for (const Case& c : cases) {
    holds = check<__nv_bfloat16>(c, random) && holds;
    holds = check<__half>(c, random) && holds;
  }
  const double copy = lab::copy_rate();
  std::printf("copy %.2f TB/s, read plus written\n", copy / 1e12);
  const int shapes[][2] = {{1, 128}, {1, 528}, {1, 4096}, {4, 528}, {32, 264}, {128, 264}, {128, 1500}, {256, 600}, {256, 1500}, {16, 16000}};
  for (const auto& s : shapes) time_decode(s[0], s[1], copy, random);
  return holds ? 0 : 1;
}
