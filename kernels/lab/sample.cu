// Checks the sampling kernels against the CPU in double precision, then times them against a copy.
// Exit code 1 when a result is off.

#include "../src/sample_greedy.cu"
#include "../src/sample_rows.cu"
#include "../src/sample_slices.cu"
#include "graph.cuh"
#include "sample_reference.cuh"

#include <atomic>
#include <map>
#include <set>
#include <thread>

namespace {

using lab::Setting;
using penstock::sampling::SampleRecord;

constexpr int kSlice = penstock::sampling::kSlice;
constexpr int kPoison = 0x7E7E7E7E;  // no token; -1 would be one of the answers
int multiprocessors = 0;
bool programmatic = false;
bool holds = true;

void verdict(bool ok, const char* what, const std::string& detail) {
  std::printf("%s  %-34s %s\n", ok ? "ok  " : "FAIL", what, detail.c_str());
  std::fflush(stdout);
  holds = holds && ok;
}

template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, int block, int shared, cudaStream_t stream, Arguments... arguments) {
  lab::launch(kernel, grid, block, shared, stream, programmatic, arguments...);
}

void parallel(int count, const std::function<void(int)>& task) {
  std::atomic<int> next = 0;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t) {
    threads.emplace_back([&] {
      for (int i; (i = next++) < count;) task(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

int greedy_slices(int rows, int vocab) {
  return std::max(1, std::min(multiprocessors * 6 / rows, (vocab + 2047) / 2048));
}

// Everything on the device that a step of sampling needs, for up to `rows` rows.
struct Device {
  int rows, vocab, slices;
  lab::DeviceArray<float> logits;
  lab::DeviceArray<uint32_t> upload;
  lab::DeviceArray<int> sampled, results, input_ids, logit_rows;
  lab::DeviceArray<SampleRecord> records;
  lab::DeviceArray<unsigned char> workspace, state;

  Device(int rows, int vocab, size_t upload_words)
      : rows(rows), vocab(vocab), slices((vocab + kSlice - 1) / kSlice), logits(static_cast<size_t>(rows) * vocab),
        upload(upload_words), sampled(rows), results(rows), input_ids(2 * rows), logit_rows(rows), records(rows),
        workspace(static_cast<size_t>(rows) * slices * 416), state(static_cast<size_t>(rows) * 16) {
    CHECK(cudaMemset(state.get(), 0, static_cast<size_t>(rows) * 16));
    poison();
  }

  void poison() {
    CHECK(cudaMemset(sampled.get(), 0x7E, rows * sizeof(int)));
    CHECK(cudaMemset(results.get(), 0x7E, rows * sizeof(int)));
    records.poison();
    workspace.poison();
  }

  void greedy(int count, int slices_wanted, const float* from, cudaStream_t stream) {
    launch(penstock_sample_greedy, dim3(slices_wanted, count), 256, 0, stream, sampled.get(), results.get(), from,
           static_cast<void*>(state.get()), vocab);
  }

  void run_slices(int count, const float* from, cudaStream_t stream) {
    launch(penstock_sample_slices, dim3(slices, count), 256, 0, stream, from, upload.get(), input_ids.get(),
           logit_rows.get(), static_cast<void*>(workspace.get()), vocab);
  }

  void run_rows(int count, float* from, cudaStream_t stream) {
    launch(penstock_sample_rows, dim3(count), 1024, penstock::sample_rows::kSharedBytes, stream, sampled.get(),
           results.get(), static_cast<void*>(records.get()), from, upload.get(), input_ids.get(), logit_rows.get(),
           static_cast<void*>(workspace.get()), vocab);
  }

  void set(const std::vector<uint32_t>& words) {
    CHECK(cudaMemcpy(upload.get(), words.data(), words.size() * 4, cudaMemcpyHostToDevice));
  }
};

// ---- logits

class Noise {
 public:
  explicit Noise(uint64_t seed) : values_(1 << 20), random(seed) {
    std::normal_distribution<float> normal;
    for (auto& v : values_) v = normal(random);
  }

  // Kinds: normal of several widths, equal, few values, mostly -infinity, a steep slope, far from 0.
  void fill(float* row, int vocab, int kind) {
    const size_t start = random();
    const float scale[] = {1, 3, 8, 0.05f, 0, 1, 2, 1, 2, 30};
    for (int i = 0; i < vocab; ++i) row[i] = scale[kind] * values_[(start + i) & (values_.size() - 1)];
    if (kind == 5) {
      for (int i = 0; i < vocab; ++i) row[i] = std::round(row[i] * 4) / 4;  // few values: many ties
    } else if (kind == 6) {
      for (int i = 0; i < vocab; ++i) row[i] = i % 7 == 3 ? row[i] : -INFINITY;
    } else if (kind == 7) {
      for (int i = 0; i < vocab; ++i) row[i] += 100;
    } else if (kind == 8) {
      for (int i = 0; i < vocab; ++i) row[i] = __bfloat162float(__float2bfloat16(row[i]));  // as a bf16 head gives
    }
  }
  static constexpr int kKinds = 10;

 private:
  std::vector<float> values_;

 public:
  std::mt19937_64 random;
};

std::vector<Setting> settings(int vocab, std::mt19937_64& random) {
  std::vector<Setting> all;
  const auto add = [&](const char* name, double temperature, int k, double p, double min_p) -> Setting& {
    Setting s;
    s.name = name;
    s.temperature = temperature;
    s.top_k = k;
    s.top_p = p;
    s.min_p = min_p;
    all.push_back(s);
    return all.back();
  };
  const auto token = [&] { return static_cast<int>(random() % vocab); };
  const auto count = [&](Setting& s, int tokens) {
    std::set<int> seen;
    for (int i = 0; i < tokens; ++i) seen.insert(token());
    for (const int id : seen) s.counts.push_back({id, static_cast<int>(random() % 4)});
    std::shuffle(s.counts.begin(), s.counts.end(), random);
  };
  add("greedy", 0, 0, 1, 0);
  add("temperature 1", 1, 0, 1, 0);
  add("temperature 0.7", 0.7, 0, 1, 0);
  add("top-k 50", 0.8, 50, 1, 0);
  add("top-p 0.95", 1, 0, 0.95, 0);
  add("top-p 0.5", 0.6, 0, 0.5, 0);
  add("min-p 0.05", 1, 0, 1, 0.05);
  add("k 50 p 0.95", 0.8, 50, 0.95, 0);
  add("k 40 p 0.9 m 0.02", 1.5, 40, 0.9, 0.02);
  add("p 0.9 m 0.001", 1, 0, 0.9, 0.001);
  add("top-k 1", 1, 1, 1, 0);
  add("top-k 5000 p 0.9", 1.3, 5000, 0.9, 0);
  add("top-k of everything", 1, vocab + 5, 1, 0);
  add("top-k vocab - 1", 1, std::max(1, vocab - 1), 1, 0);
  add("top-p 0.9999", 1, 0, 0.9999, 0);
  add("min-p 1", 1, 0, 1, 1);
  add("min-p 1e-9", 2, 0, 1, 1e-9);
  add("cold", 1e-3, 0, 1, 0);
  add("hot, k 2", 1e300, 2, 1, 0);
  add("hot", 1e300, 0, 1, 0);
  add("greedy, top 20", 0, 0, 1, 0).top = 20;
  add("top-k 20, top 5", 0.9, 20, 1, 0).top = 5;
  add("temperature 1, top 0", 1, 0, 1, 0).top = 0;
  {
    Setting& s = add("penalties, input listed, top 20", 0.8, 50, 0.95, 0);
    s.repetition = 1.3, s.presence = 0.5, s.frequency = 0.25, s.top = 20;
    count(s, 300);
    s.input = s.counts[s.counts.size() / 2].first;
  }
  {
    Setting& s = add("penalties, input new, top 1", 1, 0, 1, 0);
    s.repetition = 0.7, s.presence = -1, s.frequency = -0.7, s.top = 1;
    count(s, 20);
    for (s.input = 0; std::any_of(s.counts.begin(), s.counts.end(), [&](auto& c) { return c.first == s.input; });) ++s.input;
    if (s.input >= vocab) s.input = -1;
  }
  {
    Setting& s = add("greedy, penalties", 0, 0, 1, 0);
    s.frequency = 2, s.top = 3;
    count(s, 5000);
  }
  // The input token's penalty decides: with it the token falls behind; or it must not be taken twice.
  for (const float bias : {1900.0f, 2000.0f, 2300.0f}) {
    const bool listed = bias >= 2000;
    Setting& s = add(listed ? "input counts, listed" : "input counts, new", 0, 0, 1, 0);
    s.frequency = 300, s.input = vocab / 3;
    s.bias = {{vocab / 3, bias}, {vocab / 2, 1650.0f}, {vocab / 4, 1550.0f}};
    s.counts = {{vocab / 5, 1}};
    if (listed) s.counts.push_back({s.input, 1});
  }
  {
    Setting& s = add("bias, suppressed, top 20", 1, 30, 1, 0);
    s.top = 20, s.frequency = 0.1;
    s.bias = {{token() / 2, 100.0f}, {vocab - 1, -100.0f}, {vocab + 7, 5.0f}, {vocab / 2 + token() / 4, 99.0f}};
    s.suppressed = {s.bias[0].first, vocab + 1};
    count(s, 30);
    s.counts.erase(std::remove_if(s.counts.begin(), s.counts.end(), [&](auto& c) { return c.first == s.bias[3].first; }),
                   s.counts.end());
    s.counts.push_back({s.bias[3].first, 2});  // biased and counted
  }
  for (const bool greedy : {false, true}) {
    Setting& s = add(greedy ? "mask, greedy" : "mask, top 20", greedy ? 0 : 1, 0, greedy ? 1 : 0.9, 0);
    s.top = 20;
    s.mask.resize((vocab + 31) / 32);
    for (int i = 0; i < std::max(3, vocab / 50); ++i) {
      const int id = token();
      s.mask[id / 32] |= 1u << (id % 32);
    }
  }
  add("mask of all", 1, 0, 1, 0).mask.resize((vocab + 31) / 32);
  return all;
}

std::string describe(const Setting& s, int row, int kind, int token) {
  return s.name + ", row " + std::to_string(row) + ", logits of kind " + std::to_string(kind) + ", token " +
         std::to_string(token);
}

// ---- one batch of all settings on all kinds of logits

void check_batch(int rows, int vocab, Noise& noise) {
  std::vector<float> logits(static_cast<size_t>(rows) * vocab);
  std::vector<Setting> states;
  std::vector<int> kinds(rows);
  const std::vector<Setting> all = settings(vocab, noise.random);
  const size_t offset = rows < static_cast<int>(all.size()) ? noise.random() : 0;
  for (int r = 0; r < rows; ++r) {
    states.push_back(all[(offset + r) % all.size()]);
    states[r].seed = noise.random();
    states[r].choice = static_cast<uint32_t>(noise.random() % 4);
    states[r].position = static_cast<uint32_t>(noise.random() % 5000);
    kinds[r] = static_cast<int>((r / all.size() * 3 + r) % Noise::kKinds);
    float* const row = logits.data() + static_cast<size_t>(r) * vocab;
    noise.fill(row, vocab, kinds[r]);
    if (rows > 20 && r % 40 == 39) {
      if (r % 3 == 0) std::fill(row, row + vocab, NAN);
      if (r % 3 == 1) row[noise.random() % vocab] = NAN;
      if (r % 3 == 2) row[noise.random() % vocab] = INFINITY;
      if (r % 200 == 199) std::fill(row, row + vocab, -INFINITY);
    }
  }
  const std::vector<uint32_t> words = lab::pack(states, vocab);
  constexpr int kPadding = 2;
  Device device(rows + kPadding, vocab, words.size());
  std::vector<int> input_ids(2 * (rows + kPadding), -1), logit_rows(rows + kPadding);
  for (int r = 0; r < rows; ++r) {
    logit_rows[r] = 2 * r + 1;
    input_ids[2 * r + 1] = states[r].input;
  }
  device.input_ids.upload(input_ids);
  device.logit_rows.upload(logit_rows);
  const size_t bytes = logits.size() * sizeof(float);
  const auto reset = [&] {
    device.poison();
    device.set(words);
    CHECK(cudaMemcpy(device.logits.get(), logits.data(), bytes, cudaMemcpyHostToDevice));
  };
  char name[64];

  // Greedy kernel: exact for every row, with any number of slices, and the state is zero again.
  reset();
  std::vector<int> best(rows);
  parallel(rows, [&](int r) {
    const float* const row = logits.data() + static_cast<size_t>(r) * vocab;
    best[r] = lab::argmax(row, vocab);
    if (best[r] >= 0 && row[best[r]] == INFINITY) best[r] = -1;
  });
  int wrong = 0;
  for (const int slices : {greedy_slices(rows, vocab), 1, 7}) {
    device.poison();
    device.greedy(rows, slices, device.logits.get(), nullptr);
    CHECK(cudaDeviceSynchronize());
    const auto ids = device.sampled.download(), results = device.results.download();
    for (int r = 0; r < rows; ++r) wrong += ids[r] != best[r] || results[r] != best[r];
    for (const unsigned char byte : device.state.download()) wrong += byte != 0;
  }
  std::snprintf(name, sizeof name, "greedy %d x %d", rows, vocab);
  verdict(wrong == 0, name, std::to_string(wrong) + " wrong");

  // Everything else.
  const auto run = [&](bool padded) {
    reset();
    device.run_slices(rows + (padded ? kPadding : 0), device.logits.get(), nullptr);
    device.run_rows(rows + (padded ? kPadding : 0), device.logits.get(), nullptr);
    CHECK(cudaDeviceSynchronize());
  };
  run(true);
  const auto ids = device.sampled.download(), results = device.results.download();
  const auto records = device.records.download();
  run(false);
  const auto again_ids = device.sampled.download();
  const auto again_records = device.records.download();
  int unequal = 0;
  for (int r = 0; r < rows + kPadding; ++r) {
    unequal += ids[r] != again_ids[r] || std::memcmp(&records[r], &again_records[r], sizeof records[r]) != 0;
    if (r >= rows) unequal += ids[r] != kPoison || results[r] != kPoison;
  }
  std::snprintf(name, sizeof name, "same again, padding %d x %d", rows, vocab);
  verdict(unequal == 0, name, std::to_string(unequal) + " differ");

  std::vector<std::string> complaints(rows);
  std::vector<double> errors(rows);
  parallel(rows, [&](int r) {
    const Setting& s = states[r];
    const float* const raw = logits.data() + static_cast<size_t>(r) * vocab;
    const std::vector<float> a = lab::adjusted(raw, vocab, s);
    const int token = ids[r];
    const std::string what = describe(s, r, kinds[r], token);
    const int top = lab::argmax(a.data(), vocab);
    bool nan = false, raw_nan = false;
    for (int id = 0; id < vocab; ++id) {
      nan |= a[id] != a[id];
      raw_nan |= raw[id] != raw[id];
    }
    if (results[r] != token) complaints[r] = what + ": two answers";
    if (top < 0 || a[top] == INFINITY || (nan && !s.greedy())) {
      if (token != lab::kNone) complaints[r] = what + ": not finite, but a token";
      return;
    }
    if (token < 0 || token >= vocab) {
      complaints[r] = what + ": no token";
      return;
    }
    if (s.greedy()) {
      if (token != top) complaints[r] = what + ": not the best, " + std::to_string(top);
    } else {
      const lab::Distribution d = lab::distribution(a, s);
      if (!lab::explains(d, s, token)) {
        const double target = lab::uniform(s.seed, s.choice, s.position) * d.through[d.size - 1];
        const size_t i = std::lower_bound(d.through.begin(), d.through.end(), target) - d.through.begin();
        complaints[r] = what + ": expected " + std::to_string(d.ids[std::min(i, d.ids.size() - 1)]) + " of " +
                        std::to_string(d.size);
      }
    }
    const SampleRecord& record = records[r];
    if (s.top < 0) {
      uint32_t untouched;
      std::memcpy(&untouched, &record.logprob, 4);
      if (untouched != 0xFFFFFFFFu) complaints[r] = what + ": a record that nobody asked for";
      return;
    }
    const double log_sum = lab::log_sum_exp(raw, vocab);
    if (raw_nan || !std::isfinite(log_sum)) {
      if (record.logprob == record.logprob) complaints[r] = what + ": a log-probability from NaN";
      return;
    }
    const std::vector<int> tops = lab::best_ids(raw, vocab, s.top);
    const auto error_of = [](double x, double expected) {
      return x == expected ? 0 : std::abs(x - expected) / std::max(1.0, std::abs(expected) / 10);
    };
    double error = error_of(record.logprob, raw[token] - log_sum);
    if (record.top_count != static_cast<int>(tops.size())) complaints[r] = what + ": number of top tokens";
    for (size_t i = 0; i < tops.size(); ++i) {
      if (record.top_ids[i] != tops[i]) complaints[r] = what + ": top token " + std::to_string(i);
      error = std::max(error, error_of(record.top_logprobs[i], raw[tops[i]] - log_sum));
    }
    if (!(error < 1e-4)) complaints[r] = what + ": log-probabilities off by " + std::to_string(error);
    errors[r] = error;
  });
  std::snprintf(name, sizeof name, "all settings %d x %d", rows, vocab);
  int bad = 0;
  for (const auto& complaint : complaints) bad += !complaint.empty();
  char detail[96];
  std::snprintf(detail, sizeof detail, "%d of %d wrong, log-probabilities within %.1e", bad, rows,
                *std::max_element(errors.begin(), errors.end()));
  verdict(bad == 0, name, detail);
  for (int r = 0, shown = 0; r < rows && shown < 8; ++r) {
    if (!complaints[r].empty()) std::printf("      %s\n", complaints[r].c_str()), ++shown;
  }

  // A row alone gets what it got in the batch.
  int alone_wrong = 0;
  const int step = std::max(1, rows / 9);
  for (int r = 0; r < rows && rows > 1; r += step) {
    Device one(1, vocab, words.size());
    one.set(lab::pack({states[r]}, vocab));
    one.input_ids.upload({input_ids[2 * r + 1], -1});
    one.logit_rows.upload({0});
    CHECK(cudaMemcpy(one.logits.get(), logits.data() + static_cast<size_t>(r) * vocab, vocab * 4, cudaMemcpyHostToDevice));
    one.run_slices(1, one.logits.get(), nullptr);
    one.run_rows(1, one.logits.get(), nullptr);
    const auto id = one.sampled.download();
    const auto record = one.records.download();
    alone_wrong += id[0] != ids[r] || std::memcmp(&record[0], &records[r], sizeof record[0]) != 0;
  }
  std::snprintf(name, sizeof name, "alone as in the batch %d x %d", rows, vocab);
  if (rows > 1) verdict(alone_wrong == 0, name, std::to_string(alone_wrong) + " differ");
}

// ---- draws follow the distribution

// The 99.99 % quantile, by Wilson and Hilferty's approximation.
double critical(int degrees) {
  const double a = 2.0 / (9 * degrees);
  return degrees * std::pow(1 - a + 3.719 * std::sqrt(a), 3);
}

void check_draws(int vocab, Noise& noise) {
  constexpr int kRows = 512, kLaunches = 80, kDraws = kRows * kLaunches;
  std::vector<float> row(vocab), logits;
  noise.fill(row.data(), vocab, 1);
  for (int r = 0; r < kRows; ++r) logits.insert(logits.end(), row.begin(), row.end());
  struct Cut {
    double temperature;
    int k;
    double p, min_p;
  };
  for (const Cut& cut : {Cut{1, 0, 1, 0}, Cut{0.6, 0, 1, 0}, Cut{2, 0, 1, 0}, Cut{1, 7, 1, 0}, Cut{1, 0, 0.8, 0},
                         Cut{2, 0, 0.9, 0}, Cut{1, 0, 1, 0.05}, Cut{1.5, 12, 0.9, 0.02}, Cut{3, 40, 0.97, 0}}) {
    Setting s;
    s.temperature = cut.temperature, s.top_k = cut.k, s.top_p = cut.p, s.min_p = cut.min_p;
    s.seed = noise.random();
    Device device(kRows, vocab, 4 + kRows * 24);
    device.logits.upload(logits);
    std::vector<int> observed(vocab);
    for (int i = 0; i < kLaunches; ++i) {
      std::vector<Setting> states(kRows, s);
      for (int r = 0; r < kRows; ++r) states[r].position = i * kRows + r;
      device.set(lab::pack(states, vocab));
      device.run_slices(kRows, device.logits.get(), nullptr);
      device.run_rows(kRows, device.logits.get(), nullptr);
      for (const int id : device.sampled.download()) {
        if (id >= 0 && id < vocab) ++observed[id];
      }
    }
    const lab::Distribution d = lab::distribution(row, s);
    double statistic = 0, rest = 0;
    int degrees = -1, seen = 0, rest_seen = 0, kept_seen = 0, likely_missing = 0;
    for (size_t i = 0; i < d.size; ++i) {
      const double expected = kDraws * d.weight[i] / d.through[d.size - 1];
      kept_seen += observed[d.ids[i]];
      likely_missing += expected > 30 && observed[d.ids[i]] == 0;
      if (expected < 5) {
        rest += expected, rest_seen += observed[d.ids[i]];
        continue;
      }
      statistic += (observed[d.ids[i]] - expected) * (observed[d.ids[i]] - expected) / expected;
      ++degrees, seen += observed[d.ids[i]];
    }
    if (rest > 0) statistic += (rest_seen - rest) * (rest_seen - rest) / std::max(rest, 1.0), ++degrees;
    char name[64], detail[128];
    std::snprintf(name, sizeof name, "draws of %d, T %.1f k %d p %.2f m %.2f", vocab, cut.temperature, cut.k, cut.p, cut.min_p);
    std::snprintf(detail, sizeof detail, "chi-square %.1f below %.1f, set of %zu, %d outside it", statistic,
                  critical(std::max(1, degrees)), d.size, kDraws - kept_seen);
    verdict(statistic < critical(std::max(1, degrees)) && kept_seen == kDraws && likely_missing == 0, name, detail);
  }
}

// ---- timings

double copy_rate = 0;  // bytes read plus written, a second

// Microseconds of one call inside a replayed graph.
double graph_us(const std::function<void(int, cudaStream_t)>& call) { return lab::graph_ms(24, 10, call) * 1e3; }

void report(const char* name, int rows, int vocab, double us) {
  const double rate = 4.0 * rows * vocab / us * 1e6;
  std::printf("%-34s rows %4d  %8.2f us  %.2f TB/s of one read, %3.0f %% of a copy's\n", name, rows, us, rate / 1e12,
              100 * rate / copy_rate);
  std::fflush(stdout);
}

void time_all(int vocab, Noise& noise) {
  const int max_rows = 512;
  std::vector<float> normal(static_cast<size_t>(max_rows) * vocab), peaked(normal.size());
  for (int r = 0; r < max_rows; ++r) {
    noise.fill(normal.data() + static_cast<size_t>(r) * vocab, vocab, 0);
    noise.fill(peaked.data() + static_cast<size_t>(r) * vocab, vocab, 1);
  }
  lab::DeviceArray<float> flat(normal), steep(peaked);
  const double copy = lab::median_ms(20, [&](int) {
    CHECK(cudaMemcpyAsync(flat.get(), steep.get(), flat.get() ? normal.size() * 4 : 0, cudaMemcpyDeviceToDevice));
  });
  copy_rate = 2.0 * normal.size() * 4 / copy * 1e3;
  flat.upload(normal);
  std::printf("copy %.2f TB/s; vocabulary %d; one row comes from L2, as it does behind a head, more from memory\n", copy_rate / 1e12, vocab);

  Device device(max_rows, vocab, 4 + max_rows * 24 + max_rows * 2 * 1100);
  std::vector<int> inputs(2 * max_rows, 17), rows_of(max_rows);
  std::iota(rows_of.begin(), rows_of.end(), 0);
  device.input_ids.upload(inputs);
  device.logit_rows.upload(rows_of);
  for (const int rows : {1, 32, 128, 512}) {
    report("greedy", rows, vocab, graph_us([&](int i, cudaStream_t stream) {
             const int sets = max_rows / rows;  // another part of the array each time, unless it is all needed
             device.greedy(rows, greedy_slices(rows, vocab), flat.get() + static_cast<size_t>(i % sets) * rows * vocab, stream);
           }));
  }
  struct Case {
    const char* name;
    bool steep;
    double temperature;
    int k;
    double p, min_p;
    int top, penalised;
  };
  for (const Case& c : {Case{"T 0.8, k 50, p 0.95, normal", false, 0.8, 50, 0.95, 0, -1, 0},
                        Case{"T 0.8, k 50, p 0.95, steep", true, 0.8, 50, 0.95, 0, -1, 0},
                        Case{"T 0.8", false, 0.8, 0, 1, 0, -1, 0},
                        Case{"T 0.8, p 0.95, steep", true, 0.8, 0, 0.95, 0, -1, 0},
                        Case{"T 1, p 0.95, steep", true, 1, 0, 0.95, 0, -1, 0},
                        Case{"T 0.8, p 0.95, normal (flat)", false, 0.8, 0, 0.95, 0, -1, 0},
                        Case{"T 1, m 0.05, steep", true, 1, 0, 1, 0.05, -1, 0},
                        Case{"greedy, top 20", false, 0, 0, 1, 0, 20, 0},
                        Case{"T 0.8, k 50, top 20", false, 0.8, 50, 1, 0, 20, 0},
                        Case{"T 0.8, k 50, 1,000 penalised", false, 0.8, 50, 1, 0, -1, 1000}}) {
    for (const int rows : {1, 32, 128}) {
      std::vector<Setting> states(rows);
      for (int r = 0; r < rows; ++r) {
        Setting& s = states[r];
        s.temperature = c.temperature, s.top_k = c.k, s.top_p = c.p, s.min_p = c.min_p, s.top = c.top;
        s.seed = noise.random();
        if (c.penalised > 0) {
          s.repetition = 1.0001, s.input = 17;
          for (int i = 0; i < c.penalised; ++i) s.counts.push_back({(i * 97 + r) % vocab, 1});
        }
      }
      device.set(lab::pack(states, vocab));
      float* const from = c.steep ? steep.get() : flat.get();
      const int sets = max_rows / rows;
      const auto at = [&](int i) { return from + static_cast<size_t>(i % sets) * rows * vocab; };
      report(c.name, rows, vocab, graph_us([&](int i, cudaStream_t stream) {
               device.run_slices(rows, at(i), stream);
               device.run_rows(rows, at(i), stream);
             }));
      if (c.k == 50 && c.p < 1 && !c.steep) {
        report("  of it the slices", rows, vocab, graph_us([&](int i, cudaStream_t stream) { device.run_slices(rows, at(i), stream); }));
        device.run_slices(rows, at(0), nullptr);
        report("  of it the rows", rows, vocab, graph_us([&](int, cudaStream_t stream) { device.run_rows(rows, at(0), stream); }));
      }
    }
  }
}

}  // namespace

int main() {
  cudaDeviceProp properties;
  CHECK(cudaGetDeviceProperties(&properties, 0));
  multiprocessors = properties.multiProcessorCount;
  programmatic = properties.major >= 9;
  CHECK(cudaFuncSetAttribute(penstock_sample_rows, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             penstock::sample_rows::kSharedBytes));
  const uint64_t seed = std::random_device{}();
  std::printf("%s, %d multiprocessors, seed %llu\n", properties.name, multiprocessors, static_cast<unsigned long long>(seed));
  Noise noise(seed);
  for (const int vocab : {50, 600, 49152, 128256, 151936, 262208}) {
    for (const int rows : {1, 3, 128, 513}) {
      if (vocab < 200000 || rows == 3) check_batch(rows, vocab, noise);
    }
  }
  check_batch(128, 32003, noise);  // rows that do not begin at 16 bytes
  Noise fixed(20240607);  // the statistic of a fixed stream is the same in every run
  check_draws(50, fixed);
  check_draws(600, fixed);
  time_all(128256, noise);
  std::printf("%s\n", holds ? "all hold" : "SOME FAIL");
  return holds ? 0 : 1;
}
