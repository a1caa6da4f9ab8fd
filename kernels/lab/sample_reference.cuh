// Sampling on the CPU in double precision, by sorting everything, and the upload that tells the GPU the same.
#pragma once

#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include "check.cuh"

namespace lab {

constexpr int kNone = -1;

struct Setting {
  std::string name;
  double temperature = 1, top_p = 1, min_p = 0;
  int top_k = 0;
  double repetition = 1, presence = 0, frequency = 0;
  uint64_t seed = 1;
  uint32_t choice = 0, position = 0;
  int top = -1;  // log-probabilities of so many best tokens; -1 for none
  std::vector<std::pair<int, float>> bias;
  std::vector<int> suppressed;
  std::vector<std::pair<int, int>> counts;
  std::vector<uint32_t> mask;
  int input = -1;  // the token that counts once more

  bool greedy() const { return temperature == 0; }
  bool penalties() const { return repetition != 1 || presence != 0 || frequency != 0; }
  bool adjusts() const { return !bias.empty() || !suppressed.empty() || penalties() || !mask.empty(); }
};

// ---- the upload, as SamplingUpload packs it

inline std::vector<uint32_t> pack(const std::vector<Setting>& rows, int vocab) {
  using penstock::sampling::SampleRow;
  std::vector<uint32_t> words(4 + rows.size() * (sizeof(SampleRow) / 4));
  words[0] = static_cast<uint32_t>(rows.size());
  const auto bits = [](float f) {
    uint32_t b;
    std::memcpy(&b, &f, 4);
    return b;
  };
  const auto start = [&] {
    if (words.size() % 2) words.push_back(0);
    return static_cast<int>(words.size());
  };
  for (size_t r = 0; r < rows.size(); ++r) {
    const Setting& s = rows[r];
    SampleRow row = {};
    const double inverse = s.greedy() ? 1 : 1 / s.temperature;
    row.inverse_temperature = static_cast<float>(std::min(std::max(inverse, 1.17549435e-38), 3.4028234663852886e38));
    row.min_p = static_cast<float>(s.min_p);
    row.top_k = s.top_k >= vocab ? 0 : s.top_k;
    row.top_p = s.top_p;
    row.presence = s.presence;
    row.frequency = s.frequency;
    row.repetition = static_cast<float>(s.repetition);
    row.top_logprobs = std::max(0, s.top);
    row.seed[0] = static_cast<uint32_t>(s.seed);
    row.seed[1] = static_cast<uint32_t>(s.seed >> 32);
    row.choice = s.choice;
    row.position = s.position;
    row.flags = (s.greedy() ? penstock::sampling::kGreedy : 0) | (s.top >= 0 ? penstock::sampling::kLogprobs : 0) |
                (s.adjusts() ? penstock::sampling::kAdjusts : 0) |
                (s.penalties() ? penstock::sampling::kPenalties : 0) |
                (s.input >= 0 && s.penalties() ? penstock::sampling::kAddInput : 0);
    row.bias_start = start();
    row.bias_count = static_cast<int>(s.bias.size());
    for (const auto& [id, bias] : s.bias) words.push_back(id), words.push_back(bits(bias));
    row.suppressed_start = start();
    row.suppressed_count = static_cast<int>(s.suppressed.size());
    for (const int id : s.suppressed) words.push_back(id);
    row.count_start = start();
    row.count_count = static_cast<int>(s.counts.size());
    for (const auto& [id, count] : s.counts) words.push_back(id), words.push_back(count);
    row.mask_start = s.mask.empty() ? -1 : start();
    words.insert(words.end(), s.mask.begin(), s.mask.end());
    std::memcpy(words.data() + 4 + r * (sizeof(SampleRow) / 4), &row, sizeof row);
  }
  return words;
}

// ---- Philox4x32-10

inline double uniform(uint64_t seed, uint32_t choice, uint32_t position) {
  uint32_t c[4] = {position, choice, 0, 0}, k[2] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = 0xD2511F53ull * c[0], p1 = 0xCD9E8D57ull * c[2];
    const uint32_t n0 = static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0];
    const uint32_t n2 = static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1];
    c[1] = static_cast<uint32_t>(p1);
    c[3] = static_cast<uint32_t>(p0);
    c[0] = n0;
    c[2] = n2;
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  return static_cast<double>((static_cast<uint64_t>(c[0]) << 21) ^ (c[1] >> 11)) * 0x1p-53;
}

// ---- the reference

inline std::vector<float> adjusted(const float* logits, int vocab, const Setting& s) {
  std::vector<float> a(logits, logits + vocab);
  for (const auto& [id, bias] : s.bias) {
    if (id >= 0 && id < vocab) a[id] += bias;
  }
  for (const int id : s.suppressed) {
    if (id >= 0 && id < vocab) a[id] = -INFINITY;
  }
  const auto penalise = [&](int id, int count) {
    float logit = a[id];
    logit = logit > 0 ? logit / static_cast<float>(s.repetition) : logit * static_cast<float>(s.repetition);
    if (count > 0) logit -= static_cast<float>(s.presence + s.frequency * count);
    a[id] = logit;
  };
  if (s.penalties()) {
    bool listed = false;
    for (const auto& [id, count] : s.counts) {
      penalise(id, count + (id == s.input ? 1 : 0));
      listed |= id == s.input;
    }
    if (!listed && s.input >= 0) penalise(s.input, 1);
  }
  for (int id = 0; id < vocab && !s.mask.empty(); ++id) {
    if (!(s.mask[id / 32] >> (id % 32) & 1)) a[id] = -INFINITY;
  }
  return a;
}

inline int argmax(const float* a, int vocab) {
  int best = kNone;
  float max = -INFINITY;
  for (int id = 0; id < vocab; ++id) {
    if (a[id] > max) max = a[id], best = id;
  }
  return best;
}

// Rounding of weights and their sums, relative to the whole mass; and of one weight, relative to it.
constexpr double kMassTolerance = 4e-6;
constexpr double kWeightTolerance = 2e-6;

// Tokens in the order in which a draw walks them. A cut that falls within rounding of a token can be on either side of
// it, so there is a least and a greatest kept set, and each draw must fit one between.
struct Distribution {
  std::vector<int> ids;
  std::vector<double> weight;
  std::vector<double> through;  // mass of ids[0..i]
  double least = 0, greatest = 0;  // mass of the kept
  size_t size = 0;                 // of the set as exact arithmetic keeps it; ids may go on
};

inline Distribution distribution(const std::vector<float>& a, const Setting& s) {
  const int vocab = static_cast<int>(a.size());
  const double max = a[argmax(a.data(), vocab)];
  const double inverse = std::max(1 / s.temperature, 1.17549435e-38);
  std::vector<double> weight(vocab);
  Distribution d;
  for (int id = 0; id < vocab; ++id) {
    const double x = a[id] == -INFINITY ? -INFINITY : (a[id] - max) * inverse;
    weight[id] = x < -87 ? 0 : std::exp(x);
    if (weight[id] > 0 && weight[id] >= s.min_p) d.ids.push_back(id);
  }
  const bool truncates = s.top_k > 0 && s.top_k < static_cast<int>(d.ids.size());
  if (truncates || s.top_p < 1) {
    std::sort(d.ids.begin(), d.ids.end(),
              [&](int x, int y) { return weight[x] != weight[y] ? weight[x] > weight[y] : x < y; });
  }
  size_t kept = d.ids.size();
  if (truncates) {
    kept = s.top_k;
    size_t last = kept;
    const double least = weight[d.ids[kept - 1]];
    while (last < d.ids.size() && weight[d.ids[last]] < least && weight[d.ids[last]] >= least * (1 - kWeightTolerance)) ++last;
    d.ids.resize(last);
  }
  double sum = 0;
  for (const int id : d.ids) {
    d.weight.push_back(weight[id]);
    d.through.push_back(sum += weight[id]);
  }
  const double mass = d.through[kept - 1];
  d.least = d.greatest = mass;
  d.size = kept;
  if (s.top_p < 1) {
    const auto through = [&](double wanted) {
      const size_t i = std::lower_bound(d.through.begin(), d.through.begin() + kept - 1, wanted) - d.through.begin();
      return i;
    };
    d.size = through(s.top_p * mass) + 1;
    d.least = d.through[through((s.top_p - kMassTolerance) * mass)];
    d.greatest = d.through[through((s.top_p + kMassTolerance) * mass)];
  }
  return d;
}

// Whether a draw of `token` is right: the target falls in it, or within rounding of it. Neighbours whose weights round
// alike may change places.
inline bool explains(const Distribution& d, const Setting& s, int token) {
  const size_t i = std::find(d.ids.begin(), d.ids.end(), token) - d.ids.begin();
  if (i == d.ids.size()) return false;
  const bool sorted = s.top_k > 0 || s.top_p < 1;
  size_t first = i, last = i;
  if (sorted) {
    const auto alike = [&](size_t j) { return std::abs(d.weight[j] - d.weight[i]) <= kWeightTolerance * d.weight[i]; };
    while (first > 0 && alike(first - 1)) --first;
    while (last + 1 < d.ids.size() && alike(last + 1)) ++last;
    if (d.weight[first] == d.weight[last]) first = last = i;  // equal logits go by id
  }
  const double u = uniform(s.seed, s.choice, s.position);
  const double near = kMassTolerance * d.greatest;
  const double before = first == 0 ? 0 : d.through[first - 1];
  return before < d.greatest + near && u * d.greatest >= before - near && u * d.least <= d.through[last] + near;
}

inline double log_sum_exp(const float* logits, int vocab) {
  double max = -INFINITY, sum = 0;
  for (int id = 0; id < vocab; ++id) max = std::max<double>(max, logits[id]);
  for (int id = 0; id < vocab; ++id) sum += std::exp(logits[id] - max);
  return max + std::log(sum);
}

inline std::vector<int> best_ids(const float* logits, int vocab, int count) {
  std::vector<int> ids(vocab);
  std::iota(ids.begin(), ids.end(), 0);
  count = std::min(count, vocab);
  std::partial_sort(ids.begin(), ids.begin() + count, ids.end(),
                    [&](int x, int y) { return logits[x] != logits[y] ? logits[x] > logits[y] : x < y; });
  ids.resize(count);
  return ids;
}

}  // namespace lab
