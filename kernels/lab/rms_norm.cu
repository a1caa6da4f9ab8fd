// Checks both RMSNorm kernels against double precision, then times them against a device-to-device copy.
// Exit code 1 when a result is off.

#include "../src/rms_norm.cu"
#include "check.cuh"

namespace {

constexpr float kEpsilon = 1e-5f;
constexpr double kTolerance = 4e-3;  // rounding of the bf16 result is 2^-9 a value

int threads_for(int hidden) { return std::min(1024, (hidden / 8 + 31) / 32 * 32); }

struct Case {
  int tokens, hidden;
  float scale;
};

// The stored sum, rounded as the kernel stores it.
double stored_sum(__nv_bfloat16 x, __nv_bfloat16 residual) {
  return __bfloat162float(__float2bfloat16(__bfloat162float(x) + __bfloat162float(residual)));
}

std::vector<double> reference(const std::vector<double>& input, const std::vector<__nv_bfloat16>& weight,
                              int tokens, int hidden) {
  std::vector<double> out(input.size());
  for (int t = 0; t < tokens; ++t) {
    const double* row = input.data() + static_cast<size_t>(t) * hidden;
    double squares = 0;
    for (int i = 0; i < hidden; ++i) squares += row[i] * row[i];
    const double inverse_rms = 1.0 / std::sqrt(squares / hidden + kEpsilon);
    for (int i = 0; i < hidden; ++i) {
      out[static_cast<size_t>(t) * hidden + i] = row[i] * inverse_rms * __bfloat162float(weight[i]);
    }
  }
  return out;
}

bool check(const Case& c, std::mt19937_64& random) {
  const size_t count = static_cast<size_t>(c.tokens) * c.hidden;
  const auto x = lab::random_bf16(count, c.scale, random);
  const auto residual = lab::random_bf16(count, c.scale, random);
  const auto weight = lab::random_bf16(c.hidden, 1.0f, random);
  lab::DeviceArray<__nv_bfloat16> dx(x), dresidual(residual), dweight(weight), dout(count);

  std::vector<double> plain(count), sum(count);
  for (size_t i = 0; i < count; ++i) {
    plain[i] = __bfloat162float(x[i]);
    sum[i] = stored_sum(x[i], residual[i]);
  }

  dout.poison();
  penstock_rms_norm_bf16<<<c.tokens, threads_for(c.hidden)>>>(dout.get(), dx.get(), dweight.get(), c.hidden, kEpsilon);
  CHECK(cudaGetLastError());
  const double alone = lab::relative_error(dout.download(), reference(plain, weight, c.tokens, c.hidden));

  dout.poison();
  penstock_fused_add_rms_norm_bf16<<<c.tokens, threads_for(c.hidden)>>>(
      dout.get(), dx.get(), dresidual.get(), dweight.get(), c.hidden, kEpsilon);
  CHECK(cudaGetLastError());
  const double fused = lab::relative_error(dout.download(), reference(sum, weight, c.tokens, c.hidden));
  const double stored = lab::relative_error(dresidual.download(), sum);

  const bool holds = alone < kTolerance && fused < kTolerance && stored == 0;
  std::printf("%s  tokens %5d  hidden %5d  scale %-7g  error %.2e  fused %.2e  residual %.0e\n",
              holds ? "ok  " : "FAIL", c.tokens, c.hidden, c.scale, alone, fused, stored);
  return holds;
}

void time_fused(int tokens, int hidden) {
  // Several working sets, so that nothing is found in L2.
  constexpr int kSets = 8;
  const size_t count = static_cast<size_t>(tokens) * hidden;
  std::mt19937_64 random(7);
  const auto values = lab::random_bf16(count, 1.0f, random);
  lab::DeviceArray<__nv_bfloat16> weight(lab::random_bf16(hidden, 1.0f, random));
  lab::DeviceArray<__nv_bfloat16> x(count * kSets), residual(count * kSets), out(count * kSets);
  for (int set = 0; set < kSets; ++set) {
    CHECK(cudaMemcpy(x.get() + set * count, values.data(), count * 2, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(residual.get() + set * count, values.data(), count * 2, cudaMemcpyHostToDevice));
  }
  const double copy = lab::median_ms(50, [&](int i) {
    const size_t at = (i % kSets) * count;
    CHECK(cudaMemcpyAsync(out.get() + at, x.get() + at, count * 2, cudaMemcpyDeviceToDevice));
  });
  const double norm = lab::median_ms(50, [&](int i) {
    const size_t at = (i % kSets) * count;
    penstock_fused_add_rms_norm_bf16<<<tokens, threads_for(hidden)>>>(
        out.get() + at, x.get() + at, residual.get() + at, weight.get(), hidden, kEpsilon);
  });
  CHECK(cudaGetLastError());
  const double copy_rate = 2.0 * count * 2 / copy / 1e9;
  const double norm_rate = 4.0 * count * 2 / norm / 1e9;
  std::printf("tokens %5d  hidden %5d  %7.1f us  %.2f TB/s  copy %.2f TB/s  share %.0f %%\n", tokens, hidden,
              norm * 1e3, norm_rate, copy_rate, 100 * norm_rate / copy_rate);
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  for (const Case& c : {Case{1, 8, 1.0f}, Case{3, 576, 1.0f}, Case{7, 1016, 1.0f}, Case{5, 4096, 1e-3f},
                        Case{2, 4104, 100.0f}, Case{33, 8192, 1.0f}, Case{2, 32768, 1.0f}, Case{4, 64, 0.0f},
                        Case{2048, 4096, 1.0f}}) {
    holds = check(c, random) && holds;
  }
  for (const int tokens : {1, 128, 2048, 16384}) time_fused(tokens, 4096);
  return holds ? 0 : 1;
}
