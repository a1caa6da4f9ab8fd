// Checks SwiGLU and GEGLU against double precision, extremes included, then times them against a device-to-device
// copy. Exit code 1 when a result is off.

#include "../src/gated_activation.cu"
#include "typed.cuh"

namespace {

constexpr int kThreads = 128;
enum class Gate { kSwiglu, kGeglu };

dim3 grid_for(int tokens, int n) { return dim3((n / 8 + 2 * kThreads - 1) / (2 * kThreads), tokens); }

void launch(Gate gate, int tokens, __nv_bfloat16* out, const __nv_bfloat16* gateUp, int n) {
  const auto kernel = gate == Gate::kSwiglu ? penstock_swiglu_bf16 : penstock_geglu_bf16;
  kernel<<<grid_for(tokens, n), kThreads>>>(out, gateUp, n);
}

void launch(Gate gate, int tokens, __half* out, const __half* gateUp, int n) {
  const auto kernel = gate == Gate::kSwiglu ? penstock_swiglu_f16 : penstock_geglu_f16;
  kernel<<<grid_for(tokens, n), kThreads>>>(out, gateUp, n);
}

double gate_of(Gate gate, double x) {
  if (gate == Gate::kSwiglu) return x / (1 + std::exp(-x));
  return x / 2 * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
}

const char* name_of(Gate gate) { return gate == Gate::kSwiglu ? "swiglu" : "geglu "; }

template <typename T>
bool check(Gate gate, int tokens, int n, float scale, std::mt19937_64& random) {
  const auto gateUp = lab::random_values<T>(static_cast<size_t>(tokens) * 2 * n, scale, random);
  std::vector<double> expected(static_cast<size_t>(tokens) * n);
  for (size_t t = 0; t < static_cast<size_t>(tokens); ++t) {
    for (int i = 0; i < n; ++i) {
      expected[t * n + i] =
          gate_of(gate, lab::to_double(gateUp[t * 2 * n + i])) * lab::to_double(gateUp[t * 2 * n + n + i]);
    }
  }
  lab::DeviceArray<T> in(gateUp), out(expected.size() + 64);
  out.poison();
  launch(gate, tokens, out.get(), in.get(), n);
  CHECK(cudaGetLastError());
  const auto actual = out.download();
  const double error = lab::error_of(actual, expected);
  const bool holds = error < lab::tolerance<T>(expected.size()) && lab::untouched(actual, expected.size());
  std::printf("%s  %s  %s  tokens %4d  n %5d  scale %-6g  error %.2e\n", holds ? "ok  " : "FAIL", name_of(gate),
              lab::type_name<T>(), tokens, n, scale, error);
  return holds;
}

// Gates from one end of the type to the other, all ups 1: each value on its own, since norms would hide the small.
template <typename T>
bool check_extremes(Gate gate, float largest) {
  std::vector<float> gates = {0.0f, 1e-6f, 0.1f, 1, 3, 8, 20, 60, 88, 100, 500, 6e4f, 1e10f, 1e20f, largest};
  const int n = 32;
  std::vector<T> gateUp(2 * n, lab::from_float<T>(1.0f));
  for (int i = 0; i < n; ++i) {
    const float magnitude = std::min(gates[i / 2 % gates.size()], largest);
    gateUp[i] = lab::from_float<T>(i % 2 ? -magnitude : magnitude);
  }
  lab::DeviceArray<T> in(gateUp), out(n);
  out.poison();
  launch(gate, 1, out.get(), in.get(), n);
  CHECK(cudaGetLastError());
  const auto actual = out.download();
  bool holds = true;
  for (int i = 0; i < n; ++i) {
    const double x = lab::to_double(gateUp[i]);
    const double expected = gate_of(gate, x);
    const double got = lab::to_double(actual[i]);
    // Negative gates far out vanish; what is left of them there is below any use.
    const bool right = std::abs(got - expected) <= std::abs(expected) * 2 * lab::tolerance<T>() + 1e-7;
    if (!right) {
      std::printf("FAIL  %s  %s  gate %g gives %g, not %g\n", name_of(gate), lab::type_name<T>(), x, got, expected);
    }
    holds = holds && right;
  }
  std::printf("%s  %s  %s  extremes\n", holds ? "ok  " : "FAIL", name_of(gate), lab::type_name<T>());
  return holds;
}

void time_one(int tokens, int n, double copy) {
  constexpr int kSets = 4;
  const size_t count = static_cast<size_t>(tokens) * n;
  lab::DeviceArray<__nv_bfloat16> in(2 * count * kSets), out(count * kSets);
  std::mt19937_64 random(7);
  const auto values = lab::random_values<__nv_bfloat16>(2 * count, 1.0f, random);
  for (int set = 0; set < kSets; ++set) {
    CHECK(cudaMemcpy(in.get() + 2 * set * count, values.data(), 4 * count, cudaMemcpyHostToDevice));
  }
  const double ms = lab::median_ms(50, [&](int i) {
    const size_t at = (i % kSets) * count;
    launch(Gate::kSwiglu, tokens, out.get() + at, in.get() + 2 * at, n);
  });
  CHECK(cudaGetLastError());
  char what[64];
  std::snprintf(what, sizeof what, "swiglu bf16, tokens %5d, n %d", tokens, n);
  lab::print_rate(what, count * 6.0, ms, copy);
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  for (const Gate gate : {Gate::kSwiglu, Gate::kGeglu}) {
    for (const auto& [tokens, n] : {std::pair{1, 8}, {3, 1536}, {5, 2056}, {17, 14336}, {128, 11008}}) {
      for (const float scale : {0.1f, 1.0f, 10.0f}) {
        holds = check<__nv_bfloat16>(gate, tokens, n, scale, random) && holds;
        holds = check<__half>(gate, tokens, n, scale, random) && holds;
      }
    }
    holds = check_extremes<__nv_bfloat16>(gate, 3e38f) && holds;
    holds = check_extremes<__half>(gate, 65504.0f) && holds;
  }
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s\n", copy / 1e12);
  for (const int tokens : {1, 32, 256, 2048, 4096}) time_one(tokens, 14336, copy);
  std::printf(holds ? "gated_activation: all right\n" : "gated_activation: FAILED\n");
  return holds ? 0 : 1;
}
