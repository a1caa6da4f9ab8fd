// Checks the rope table and the preparation of q, k and v against double precision, then times the latter against a
// device-to-device copy. Exit code 1 when a result is off.

#include "../src/qkv_prepare.cu"
#include "../src/rope_table.cu"
#include "attention_case.cuh"

namespace {

using lab::Heads;

template <typename T>
using KernelPointer = void (*)(T*, const T*, const T*, const T*, float, const float2*, const int*, T*, int, int, int, int,
                               int);

template <typename T>
KernelPointer<T> kernel();
template <>
KernelPointer<__nv_bfloat16> kernel() { return penstock_qkv_prepare_bf16; }
template <>
KernelPointer<__half> kernel() { return penstock_qkv_prepare_f16; }

constexpr float kEpsilon = 1e-6f;

dim3 grid_of(const Heads& heads, int tokens) {
  int lanes = 1;
  while (lanes < heads.dim / 16) lanes *= 2;
  return dim3(tokens, lab::ceil_div((heads.query_heads() + 2 * heads.kv_heads) * lanes, 128));
}

bool check_table(std::mt19937_64& random) {
  const int tokens = 37, pairs = 40, rows = 3;
  std::vector<int> positions(tokens), rope_rows(tokens);
  std::vector<float> frequencies(rows * pairs);
  for (auto& p : positions) p = random() % 131072;
  positions[0] = 0;
  for (auto& r : rope_rows) r = random() % rows;
  for (size_t i = 0; i < frequencies.size(); ++i) frequencies[i] = std::pow(10000.0f, -static_cast<float>(i % pairs) / pairs) / (1 + i / pairs);
  lab::DeviceArray<int> dpositions(positions), drows(rope_rows);
  lab::DeviceArray<float> dfrequencies(frequencies);
  lab::DeviceArray<float2> table(tokens * pairs);
  table.poison();
  penstock_rope_table<<<tokens, 64>>>(table.get(), dpositions.get(), drows.get(), dfrequencies.get(), 1.25f, pairs);
  CHECK(cudaGetLastError());
  const auto got = table.download();
  double worst = 0;
  for (int t = 0; t < tokens; ++t) {
    for (int i = 0; i < pairs; ++i) {
      const double angle = static_cast<float>(positions[t]) * frequencies[rope_rows[t] * pairs + i];  // rounded to float
      worst = std::max(worst, std::abs(got[t * pairs + i].x - 1.25 * std::cos(angle)));
      worst = std::max(worst, std::abs(got[t * pairs + i].y - 1.25 * std::sin(angle)));
      if (std::isnan(got[t * pairs + i].x) || std::isnan(got[t * pairs + i].y)) worst = INFINITY;
    }
  }
  const bool holds = worst < 1e-6;
  std::printf("%s  rope table  worst difference %.1e\n", holds ? "ok  " : "FAIL", worst);
  return holds;
}

// Consecutive tokens of one sequence that begin at a position; -1 for padding.
struct Run {
  int position, tokens;
};

struct Case {
  Heads heads;
  int rotary_dim;
  bool bias, gains;
  std::vector<Run> runs;
  bool keep_kv = false;
};

template <typename T>
bool check(const Case& c, std::mt19937_64& random) {
  const Heads& heads = c.heads;
  const int dim = heads.dim, columns = heads.row(), pairs = c.rotary_dim / 2;
  std::vector<int> slots;
  int blocks = 0;
  for (const Run& run : c.runs) {
    const int first_block = blocks;
    if (run.position >= 0) blocks += (run.position + run.tokens - 1) / 16 + 1 - run.position / 16;
    for (int i = 0; i < run.tokens; ++i) {
      // Blocks of a sequence descend in the pool: nothing may rely on neighbours.
      const int block = first_block + (blocks - first_block - 1) - ((run.position + i) / 16 - run.position / 16);
      slots.push_back(run.position < 0 ? -1 : block * 16 + (run.position + i) % 16);
    }
  }
  const int tokens = static_cast<int>(slots.size());
  const auto qkv = lab::random_values<T>(static_cast<size_t>(tokens) * columns, 1.0f, random);
  const auto bias = lab::random_values<T>(columns, 1.0f, random);
  const auto q_gain = lab::random_values<T>(dim, 1.0f, random);
  const auto k_gain = lab::random_values<T>(dim, 1.0f, random);
  std::vector<float2> table(static_cast<size_t>(tokens) * std::max(1, pairs));
  for (auto& cs : table) {
    const float angle = 3.0f * lab::draw(random);
    cs = make_float2(std::cos(angle), std::sin(angle));
  }
  const size_t cache_elements = (blocks + 1) * heads.block_elements();
  lab::DeviceArray<T> dqkv(qkv), dbias(bias), dq_gain(q_gain), dk_gain(k_gain), dcache(cache_elements);
  lab::DeviceArray<float2> dtable(table);
  lab::DeviceArray<int> dslots(slots);
  dcache.poison();
  kernel<T>()<<<grid_of(heads, tokens), 128>>>(dqkv.get(), c.bias ? dbias.get() : nullptr, c.gains ? dq_gain.get() : nullptr,
                                              c.gains ? dk_gain.get() : nullptr, kEpsilon, dtable.get(), dslots.get(),
                                              dcache.get(), heads.query_heads(), heads.kv_heads, dim, c.rotary_dim, c.keep_kv);
  CHECK(cudaGetLastError());
  const auto out = dqkv.download();
  auto cache = dcache.download();

  lab::Error q_error, k_error, v_error, kept_error;
  T nan;
  std::memset(static_cast<void*>(&nan), 0xff, sizeof(T));
  bool kept = true;  // k and v of qkv are as they should be
  for (int t = 0; t < tokens; ++t) {
    for (int h = 0; h < heads.query_heads() + 2 * heads.kv_heads; ++h) {
      const bool is_q = h < heads.query_heads(), is_v = h >= heads.query_heads() + heads.kv_heads;
      const T* in = qkv.data() + static_cast<size_t>(t) * columns + h * dim;
      std::vector<double> x(dim);
      double squares = 0;
      for (int d = 0; d < dim; ++d) {
        x[d] = lab::to_double(in[d]) + (c.bias ? lab::to_double(bias[h * dim + d]) : 0.0);
        squares += x[d] * x[d];
      }
      if (c.gains && !is_v) {
        const double factor = 1.0 / std::sqrt(squares / dim + kEpsilon);
        for (int d = 0; d < dim; ++d) x[d] *= factor * lab::to_double(is_q ? q_gain[d] : k_gain[d]);
      }
      if (!is_v) {
        for (int i = 0; i < pairs; ++i) {
          const float2 cs = table[static_cast<size_t>(t) * pairs + i];
          const double a = x[i], b = x[i + pairs];
          x[i] = a * cs.x - b * cs.y;
          x[i + pairs] = b * cs.x + a * cs.y;
        }
      }
      if (is_q) {
        q_error.add(out.data() + static_cast<size_t>(t) * columns + h * dim, x);
        continue;
      }
      const T* left = out.data() + static_cast<size_t>(t) * columns + h * dim;
      const bool changes = c.keep_kv && (!is_v || c.bias);
      if (changes) {
        kept_error.add(left, x);
      } else {
        kept = kept && std::memcmp(left, in, dim * sizeof(T)) == 0;
      }
      if (slots[t] < 0) continue;
      T* head = cache.data() + penstock::kv::head_offset(slots[t] / 16, (h - heads.query_heads()) % heads.kv_heads, heads.kv_heads, dim) * 8;
      std::vector<T> stored(dim);
      for (int d = 0; d < dim; ++d) {
        T& at = head[(is_v ? penstock::kv::part_vectors(dim) * 8 : 0) + penstock::kv::element(slots[t] % 16, d, dim)];
        stored[d] = at;
        at = nan;  // checked: what is left must never have been written
      }
      if (changes) kept = kept && std::memcmp(left, stored.data(), dim * sizeof(T)) == 0;
      (is_v ? v_error : k_error).add(stored.data(), x);
    }
  }
  size_t touched = 0;
  for (const T& value : cache) touched += std::memcmp(&value, &nan, sizeof(T)) != 0;
  const double limit = std::is_same_v<T, __half> ? 5e-4 : 3e-3;
  if (c.keep_kv) kept = kept && kept_error.relative() < limit;
  const bool holds = q_error.relative() < limit && k_error.relative() < limit && v_error.relative() < limit && touched == 0 && kept;
  std::printf("%s  %s D %3d  rotary %3d  heads %2d+%d  bias %d  gains %d  keep %d  tokens %3d  errors q %.1e k %.1e v %.1e%s%s\n",
              holds ? "ok  " : "FAIL", lab::type_name<T>(), dim, c.rotary_dim, heads.query_heads(), heads.kv_heads, c.bias,
              c.gains, c.keep_kv, tokens, q_error.relative(), k_error.relative(), v_error.relative(), touched ? "  WRONG PLACES" : "",
              kept ? "" : "  K OR V OF QKV WRONG");
  return holds;
}

void time_prepare(int tokens, bool prompt, double copy, bool keep_kv = false) {
  const Heads heads{8, 4, 128};
  using T = __nv_bfloat16;
  const int layers = std::max(1, std::min(32, 32768 / tokens));
  const size_t elements = static_cast<size_t>(tokens) * heads.row();
  const size_t blocks = prompt ? tokens / 16 : tokens;
  lab::DeviceArray<T> qkv(elements * layers), cache(blocks * heads.block_elements() * layers);
  lab::fill(qkv.get(), elements * layers * sizeof(T));
  lab::DeviceArray<float2> table(static_cast<size_t>(tokens) * 64);
  lab::fill(table.get(), static_cast<size_t>(tokens) * 64 * sizeof(float2));
  std::vector<int> slots(tokens);
  for (int t = 0; t < tokens; ++t) slots[t] = prompt ? t : t * 16 + t % 16;
  lab::DeviceArray<int> dslots(slots);
  const double ms = lab::graph_ms(layers, 9, [&](int layer, cudaStream_t stream) {
    penstock_qkv_prepare_bf16<<<grid_of(heads, tokens), 128, 0, stream>>>(
        qkv.get() + layer * elements, nullptr, nullptr, nullptr, kEpsilon, table.get(), dslots.get(),
        cache.get() + layer * blocks * heads.block_elements(), heads.query_heads(), heads.kv_heads, heads.dim, heads.dim,
        keep_kv);
  });
  const double kept = keep_kv ? static_cast<double>(tokens) * heads.kv_heads * heads.dim * sizeof(T) : 0.0;
  const double bytes = 2.0 * elements * sizeof(T) + static_cast<double>(tokens) * 64 * sizeof(float2) + kept;
  std::printf("tokens %5d  %s  %8.2f us  %.2f TB/s  share of copy %3.0f %%\n", tokens, keep_kv ? "prompt, k kept" : prompt ? "one prompt    " : "one each      ",
              ms * 1e3, bytes / ms / 1e9, 100 * bytes / ms * 1e3 / copy);
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = check_table(random);
  const std::vector<Run> mixed = {{0, 16}, {5, 40}, {-1, 1}, {31, 1}, {16, 17}, {100, 1}, {-1, 2}, {0, 15}, {15, 33}, {48, 16}};
  std::vector<Case> cases;
  for (const int dim : {16, 32, 64, 80, 96, 128, 256}) {
    cases.push_back({{2, 3, dim}, dim, true, true, mixed});
    cases.push_back({{3, 1, dim}, dim, false, false, mixed});
    if (dim >= 32) cases.push_back({{1, 7, dim}, dim / 32 * 16, true, false, mixed});
  }
  for (const int dim : {64, 80, 128, 256}) {
    for (const bool bias : {false, true}) {
      cases.push_back({{2, 3, dim}, dim, bias, dim != 64, mixed, true});
      cases.push_back({{1, 7, dim}, dim / 32 * 16, bias, false, mixed, true});
    }
  }
  cases.push_back({{8, 4, 128}, 128, true, true, {{0, 500}, {3, 77}}, true});
  cases.push_back({{8, 4, 128}, 128, false, false, {{7, 1}}});
  cases.push_back({{8, 4, 128}, 128, false, true, {{0, 512}}});
  cases.push_back({{4, 7, 64}, 64, true, false, mixed});
  for (const Case& c : cases) {
    holds = check<__nv_bfloat16>(c, random) && holds;
    holds = check<__half>(c, random) && holds;
  }
  const double copy = lab::copy_rate();
  std::printf("copy %.2f TB/s, read plus written\n", copy / 1e12);
  for (const int tokens : {1, 32, 256}) time_prepare(tokens, false, copy);
  for (const int tokens : {512, 2048, 8192}) time_prepare(tokens, true, copy);
  for (const int tokens : {512, 8192}) time_prepare(tokens, true, copy, true);
  return holds ? 0 : 1;
}
