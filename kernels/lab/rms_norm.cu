// Checks the RMSNorm family against double precision, then times it against a device-to-device copy.
// Exit code 1 when a result is off.

#include "../src/rms_norm.cu"
#include "typed.cuh"

namespace {

constexpr float kEpsilon = 1e-5f;

int threads_for(int hidden) { return std::min(1024, (hidden / 8 + 31) / 32 * 32); }

// The four kernels of each type under one name.
struct Bf16 {
  using T = __nv_bfloat16;
  static constexpr auto norm = penstock_rms_norm_bf16;
  static constexpr auto add_norm = penstock_add_rms_norm_bf16;
  static constexpr auto gather = penstock_gather_add_rms_norm_bf16;
  static constexpr auto add = penstock_add_bf16;
};
struct F16 {
  using T = __half;
  static constexpr auto norm = penstock_rms_norm_f16;
  static constexpr auto add_norm = penstock_add_rms_norm_f16;
  static constexpr auto gather = penstock_gather_add_rms_norm_f16;
  static constexpr auto add = penstock_add_f16;
};

template <typename T>
std::vector<double> reference(const std::vector<float>& input, const std::vector<T>& gain,
                              const std::vector<int>& rows, int hidden) {
  std::vector<double> out(rows.size() * hidden);
  for (size_t r = 0; r < rows.size(); ++r) {
    const float* row = input.data() + static_cast<size_t>(rows[r]) * hidden;
    double squares = 0;
    for (int i = 0; i < hidden; ++i) squares += static_cast<double>(row[i]) * row[i];
    const double inverse_rms = 1.0 / std::sqrt(squares / hidden + kEpsilon);
    for (int i = 0; i < hidden; ++i) out[r * hidden + i] = row[i] * inverse_rms * lab::to_double(gain[i]);
  }
  return out;
}

template <typename K>
bool check(int tokens, int hidden, float scale, std::mt19937_64& random) {
  using T = typename K::T;
  const size_t count = static_cast<size_t>(tokens) * hidden;
  const auto residual = lab::random_values<float>(count, scale, random);
  const auto delta = lab::random_values<T>(count, scale, random);
  const auto gain = lab::random_values<T>(hidden, 1.0f, random);
  std::vector<float> sum(count);
  for (size_t i = 0; i < count; ++i) sum[i] = residual[i] + static_cast<float>(lab::to_double(delta[i]));
  std::vector<int> all(tokens), picked, asked;
  for (int t = 0; t < tokens; ++t) all[t] = t;
  for (int t = tokens - 1; t >= 0; t -= 2) picked.push_back(t), asked.push_back(t);
  picked.push_back(0), asked.push_back(-1);  // graph padding

  lab::DeviceArray<T> ddelta(delta), dgain(gain), out(count + hidden + 64);
  lab::DeviceArray<float> dresidual(residual);
  lab::DeviceArray<int> drows(asked);
  const int threads = threads_for(hidden), many = static_cast<int>(asked.size());
  bool intact = true;
  const auto error = [&](const std::vector<float>& input, const std::vector<int>& rows) {
    CHECK(cudaGetLastError());
    const auto actual = out.download();
    intact = intact && lab::untouched(actual, rows.size() * hidden);
    out.poison();
    return lab::error_of(actual, reference(input, gain, rows, hidden));
  };

  out.poison();
  K::norm<<<tokens, threads>>>(out.get(), dresidual.get(), dgain.get(), hidden, kEpsilon);
  const double plain = error(residual, all);
  K::gather<<<many, threads>>>(out.get(), dresidual.get(), ddelta.get(), drows.get(), dgain.get(), hidden, kEpsilon);
  const double gathered = error(sum, picked);
  K::gather<<<many, threads>>>(out.get(), dresidual.get(), nullptr, drows.get(), dgain.get(), hidden, kEpsilon);
  const double gathered_alone = error(residual, picked);
  intact = intact && lab::same_bits(dresidual.download(), residual, count);

  K::add_norm<<<tokens, threads>>>(out.get(), dresidual.get(), ddelta.get(), dgain.get(), hidden, kEpsilon);
  const double fused = error(sum, all);
  bool stored = lab::same_bits(dresidual.download(), sum, count);
  dresidual.upload(residual);
  K::add<<<tokens, threads>>>(dresidual.get(), ddelta.get(), hidden);
  CHECK(cudaGetLastError());
  stored = stored && lab::same_bits(dresidual.download(), sum, count);

  const double limit = lab::tolerance<T>(count);
  const bool holds =
      plain < limit && gathered < limit && gathered_alone < limit && fused < limit && stored && intact;
  std::printf("%s  %s  tokens %4d  hidden %5d  scale %-6g  norm %.2e  gather %.2e %.2e  fused %.2e  sums %s  rest %s\n",
              holds ? "ok  " : "FAIL", lab::type_name<T>(), tokens, hidden, scale, plain, gathered, gathered_alone,
              fused, stored ? "exact" : "WRONG", intact ? "intact" : "WRITTEN");
  return holds;
}

void time_one(int tokens, int hidden, double copy) {
  constexpr int kSets = 8;  // several working sets, so that nothing is found in L2
  const size_t count = static_cast<size_t>(tokens) * hidden;
  std::mt19937_64 random(7);
  const auto values = lab::random_values<float>(count, 1.0f, random);
  const auto deltas = lab::random_values<__nv_bfloat16>(count, 0.01f, random);
  lab::DeviceArray<__nv_bfloat16> gain(lab::random_values<__nv_bfloat16>(hidden, 1.0f, random));
  lab::DeviceArray<__nv_bfloat16> delta(count * kSets), out(count * kSets);
  lab::DeviceArray<float> residual(count * kSets);
  for (int set = 0; set < kSets; ++set) {
    CHECK(cudaMemcpy(residual.get() + set * count, values.data(), count * 4, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(delta.get() + set * count, deltas.data(), count * 2, cudaMemcpyHostToDevice));
  }
  const int threads = threads_for(hidden);
  const double norm = lab::median_ms(50, [&](int i) {
    const size_t at = (i % kSets) * count;
    penstock_rms_norm_bf16<<<tokens, threads>>>(out.get() + at, residual.get() + at, gain.get(), hidden, kEpsilon);
  });
  const double fused = lab::median_ms(50, [&](int i) {
    const size_t at = (i % kSets) * count;
    penstock_add_rms_norm_bf16<<<tokens, threads>>>(out.get() + at, residual.get() + at, delta.get() + at, gain.get(),
                                                    hidden, kEpsilon);
  });
  CHECK(cudaGetLastError());
  char what[64];
  std::snprintf(what, sizeof what, "rms_norm     bf16, tokens %5d, hidden %d", tokens, hidden);
  lab::print_rate(what, count * 6.0, norm, copy);
  std::snprintf(what, sizeof what, "add_rms_norm bf16, tokens %5d, hidden %d", tokens, hidden);
  lab::print_rate(what, count * 12.0, fused, copy);
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  struct Case {
    int tokens, hidden;
    float scale;
  };
  for (const Case& c : {Case{1, 8, 1.0f}, Case{3, 576, 1.0f}, Case{7, 1016, 1.0f}, Case{5, 4096, 1e-3f},
                        Case{2, 4104, 100.0f}, Case{33, 8192, 1.0f}, Case{3, 8200, 1.0f}, Case{2, 16384, 1.0f},
                        Case{2, 32768, 1.0f}, Case{4, 64, 0.0f}, Case{700, 4096, 1.0f}}) {
    holds = check<Bf16>(c.tokens, c.hidden, c.scale, random) && holds;
    holds = check<F16>(c.tokens, c.hidden, c.scale, random) && holds;
  }
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s\n", copy / 1e12);
  for (const int tokens : {1, 128, 2048, 8192}) time_one(tokens, 4096, copy);
  std::printf(holds ? "rms_norm: all right\n" : "rms_norm: FAILED\n");
  return holds ? 0 : 1;
}
