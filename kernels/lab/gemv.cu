// Checks the whole GEMV family against double precision: both types, 1, 2 and 4 tokens, rows of every kind of length.
// A token's bits must not depend on how many tokens there are. Timings are in gemv_step.cu. Exit code 1 when a result
// is off.

#include "gemv_kernels.cuh"

namespace {

constexpr int kTokens = 4;
constexpr int kMaxOutputs = 13;
constexpr int kRows = 2 * kMaxOutputs;
constexpr float kEpsilon = 1e-5f;
constexpr int kLogitRows[kTokens] = {2, 0, -1, 3};  // -1: graph padding, taken as 0

// One set of inputs, used by all operations: references are one dot product for each row and token.
template <typename T>
struct Data {
  int k;
  std::vector<T> w, x, gain, bias;
  std::vector<float> residual, sums;
  std::vector<double> plain, normed;  // (kRows, kTokens): W x and W norm(residual)

  Data(int k, float scale, std::mt19937_64& random)
      : k(k),
        w(lab::random_values<T>(static_cast<size_t>(kRows) * k, 1.0f / std::sqrt(static_cast<float>(k)), random)),
        x(lab::random_values<T>(static_cast<size_t>(kTokens) * k, scale, random)),
        gain(lab::random_values<T>(k, 1.0f, random)),
        bias(lab::random_values<T>(kRows, scale, random)),
        residual(lab::random_values<float>(static_cast<size_t>(kTokens) * k, scale, random)),
        sums(lab::random_values<float>(kTokens * kMaxOutputs, scale, random)),
        plain(kRows * kTokens),
        normed(kRows * kTokens) {
    for (int n = 0; n < kTokens; ++n) {
      const T* xn = x.data() + static_cast<size_t>(n) * k;
      const float* rn = residual.data() + static_cast<size_t>(n) * k;
      double squares = 0;
      for (int i = 0; i < k; ++i) squares += static_cast<double>(rn[i]) * rn[i];
      const double inverse_rms = 1 / std::sqrt(squares / k + kEpsilon);
      for (int r = 0; r < kRows; ++r) {
        const T* row = w.data() + static_cast<size_t>(r) * k;
        double p = 0, q = 0;
        for (int i = 0; i < k; ++i) {
          p += lab::to_double(row[i]) * lab::to_double(xn[i]);
          q += lab::to_double(row[i]) * rn[i] * lab::to_double(gain[i]);
        }
        plain[r * kTokens + n] = p;
        normed[r * kTokens + n] = q * inverse_rms;
      }
    }
  }

  double typical(lab::Operation operation) const {
    const auto& dots = operation <= lab::kAdd ? plain : normed;
    double squares = 0;
    for (const double dot : dots) squares += dot * dot;
    const double size = squares / dots.size();
    return operation == lab::kSwiglu ? size / 2 : std::sqrt(size);
  }

  // (tokens, outputs)
  std::vector<double> expected(lab::Operation operation, int tokens, int outputs, bool biased) const {
    std::vector<double> out;
    const auto b = [&](int row) { return biased ? lab::to_double(bias[row]) : 0.0; };
    for (int n = 0; n < tokens; ++n) {
      for (int r = 0; r < outputs; ++r) {
        switch (operation) {
          case lab::kPlain: out.push_back(plain[r * kTokens + n] + b(r)); break;
          case lab::kAdd: out.push_back(sums[n * outputs + r] + plain[r * kTokens + n] + b(r)); break;
          case lab::kNormed: out.push_back(normed[r * kTokens + n] + b(r)); break;
          case lab::kSwiglu: {
            const double gate = normed[r * kTokens + n] + b(r);
            const double up = normed[(outputs + r) * kTokens + n] + b(outputs + r);
            out.push_back(gate / (1 + std::exp(-gate)) * up);
            break;
          }
          default: out.push_back(normed[r * kTokens + std::max(kLogitRows[n], 0)]);
        }
      }
    }
    return out;
  }
};

// Runs one operation and says how far off it is: NaN if it wrote outside its output. `first` is token 0's result for
// one token, to compare bits with.
template <typename T, typename Out>
double run(lab::Operation operation, int tokens, int outputs, bool biased, const Data<T>& data,
           const lab::GemvCall<T>& inputs, std::vector<Out>& first, bool& same) {
  const size_t count = static_cast<size_t>(tokens) * outputs;
  lab::DeviceArray<Out> out(count + 64);
  out.poison();
  if (operation == lab::kAdd) CHECK(cudaMemcpy(out.get(), data.sums.data(), count * 4, cudaMemcpyHostToDevice));
  lab::GemvCall<T> call = inputs;
  call.out = out.get();
  if (!biased) call.bias = nullptr;
  lab::launch_gemv<T>(operation, tokens, call, outputs, data.k, nullptr, false);
  CHECK(cudaDeviceSynchronize());
  const auto actual = out.download();
  if (tokens == 1) {
    first = actual;
  } else {
    same = same && lab::same_bits(actual, first, outputs);
  }
  if (!lab::untouched(actual, count)) return NAN;
  return lab::error_of(actual, data.expected(operation, tokens, outputs, biased), data.typical(operation));
}

template <typename T>
bool check(int k, float scale, std::mt19937_64& random) {
  const Data<T> data(k, scale, random);
  lab::DeviceArray<T> w(data.w), x(data.x), gain(data.gain), bias(data.bias);
  lab::DeviceArray<float> residual(data.residual);
  lab::DeviceArray<int> rows(std::vector<int>(kLogitRows, kLogitRows + kTokens));
  lab::GemvCall<T> call;
  call.w = w.get(), call.x = x.get(), call.residual = residual.get(), call.rows = rows.get();
  call.gain = gain.get(), call.bias = bias.get(), call.eps = kEpsilon;

  bool holds = true, same = true;
  double worst[lab::kOperations] = {};
  for (int o = 0; o < lab::kOperations; ++o) {
    const auto operation = static_cast<lab::Operation>(o);
    const bool to_float = operation == lab::kAdd || operation == lab::kLogits;
    for (const int outputs : {kMaxOutputs, 8, 1}) {
      for (const bool biased : {false, true}) {
        std::vector<T> first;
        std::vector<float> first_float;
        for (const int tokens : {1, 2, 4}) {
          const double error =
              to_float ? run<T, float>(operation, tokens, outputs, biased, data, call, first_float, same)
                       : run<T, T>(operation, tokens, outputs, biased, data, call, first, same);
          const size_t results = static_cast<size_t>(tokens) * outputs;
          const double limit = to_float ? lab::tolerance<float>() : lab::tolerance<T>(results);
          if (!(error < limit)) {
            holds = false;
            std::printf("FAIL  %s %s k %d outputs %d tokens %d bias %d: error %.2e\n", lab::kOperationNames[o],
                        lab::type_name<T>(), k, outputs, tokens, biased, error);
          }
          worst[o] = std::max(worst[o], error);
        }
      }
    }
  }
  holds = holds && same;
  std::printf("%s  %s  k %5d  scale %-5g  gemv %.1e  add %.1e  norm %.1e  swiglu %.1e  logits %.1e  bits %s\n",
              holds ? "ok  " : "FAIL", lab::type_name<T>(), k, scale, worst[0], worst[1], worst[2], worst[3], worst[4],
              same ? "the same for 1, 2, 4 tokens" : "DIFFER with the number of tokens");
  return holds;
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  for (const int k : {8, 16, 64, 504, 576, 1000, 1016, 1536, 2048, 3072, 4096, 4104, 5120, 8192, 8200, 11008, 14336,
                      16384, 16392, 28672, 32768, 53248}) {
    holds = check<__nv_bfloat16>(k, 1.0f, random) && holds;
    holds = check<__half>(k, 1.0f, random) && holds;
  }
  for (const float scale : {0.01f, 30.0f}) {
    holds = check<__nv_bfloat16>(4096, scale, random) && holds;
    holds = check<__half>(4096, scale, random) && holds;
  }
  holds = check<__nv_bfloat16>(576, 0.0f, random) && holds;
  std::printf(holds ? "gemv: all right\n" : "gemv: FAILED\n");
  return holds ? 0 : 1;
}
