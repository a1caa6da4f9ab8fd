// Checks the embedding kernels bit by bit, then times them against a device-to-device copy.
// Exit code 1 when a result is off.

#include "../src/embedding.cu"
#include "typed.cuh"

namespace {

int threads_for(int hidden) { return std::min(1024, (hidden / 8 + 31) / 32 * 32); }

void launch(int tokens, float* residual, const __nv_bfloat16* table, const int* ids, const int* sampled, int* inputs,
            int hidden) {
  penstock_embedding_bf16<<<tokens, threads_for(hidden)>>>(residual, table, ids, sampled, inputs, hidden);
}

void launch(int tokens, float* residual, const __half* table, const int* ids, const int* sampled, int* inputs,
            int hidden) {
  penstock_embedding_f16<<<tokens, threads_for(hidden)>>>(residual, table, ids, sampled, inputs, hidden);
}

template <typename T>
bool check(int tokens, int hidden, std::mt19937_64& random) {
  const int vocabulary = 97, sampledRows = 5;
  const auto table = lab::random_values<T>(static_cast<size_t>(vocabulary) * hidden, 1.0f, random);
  // One sampled row has no token (NONE); about half of the fed tokens are still on the device.
  const std::vector<int> sampled = {3, 96, -1, 0, 41};
  std::vector<int> ids(tokens), resolved(tokens);
  std::vector<double> expected(static_cast<size_t>(tokens) * hidden);
  for (int t = 0; t < tokens; ++t) {
    ids[t] = random() % 2 ? static_cast<int>(random() % vocabulary) : -1 - static_cast<int>(random() % sampledRows);
    if (t == 0) ids[t] = -3;
    resolved[t] = ids[t] >= 0 ? ids[t] : sampled[-1 - ids[t]];
    for (int i = 0; i < hidden; ++i) {
      expected[static_cast<size_t>(t) * hidden + i] =
          resolved[t] < 0 ? 0 : lab::to_double(table[static_cast<size_t>(resolved[t]) * hidden + i]);
    }
  }
  lab::DeviceArray<T> dtable(table);
  lab::DeviceArray<int> dids(ids), dsampled(sampled), dinputs(tokens + 8);
  lab::DeviceArray<float> residual(expected.size() + 64);
  residual.poison();
  dinputs.poison();
  launch(tokens, residual.get(), dtable.get(), dids.get(), dsampled.get(), dinputs.get(), hidden);
  CHECK(cudaGetLastError());
  const auto out = residual.download();
  const auto inputs = dinputs.download();
  const double error = lab::error_of(out, expected);
  const bool holds = error == 0 && lab::same_bits(inputs, resolved, tokens) && lab::untouched(out, expected.size()) &&
                     lab::untouched(inputs, tokens);
  std::printf("%s  %s  tokens %4d  hidden %5d  error %.0e\n", holds ? "ok  " : "FAIL", lab::type_name<T>(), tokens,
              hidden, error);
  return holds;
}

void time_one(int tokens, int hidden, double copy) {
  const int vocabulary = 128256;
  lab::DeviceArray<__nv_bfloat16> table(static_cast<size_t>(vocabulary) * hidden);
  CHECK(cudaMemset(table.get(), 0x3C, static_cast<size_t>(vocabulary) * hidden * 2));
  std::mt19937_64 random(7);
  std::vector<int> ids(tokens);
  for (auto& id : ids) id = static_cast<int>(random() % vocabulary);
  constexpr int kSets = 8;
  const size_t count = static_cast<size_t>(tokens) * hidden;
  lab::DeviceArray<int> dids(ids), inputs(tokens);
  lab::DeviceArray<float> residual(count * kSets);
  const double ms = lab::median_ms(50, [&](int i) {
    launch(tokens, residual.get() + (i % kSets) * count, table.get(), dids.get(), dids.get(), inputs.get(), hidden);
  });
  CHECK(cudaGetLastError());
  char what[64];
  std::snprintf(what, sizeof what, "embedding bf16, tokens %5d, hidden %d", tokens, hidden);
  lab::print_rate(what, count * 6.0, ms, copy);
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  for (const auto& [tokens, hidden] : {std::pair{1, 8}, {3, 576}, {7, 1016}, {5, 4096}, {2, 8200}, {300, 4096}}) {
    holds = check<__nv_bfloat16>(tokens, hidden, random) && holds;
    holds = check<__half>(tokens, hidden, random) && holds;
  }
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s\n", copy / 1e12);
  for (const int tokens : {1, 32, 2048, 8192}) time_one(tokens, 4096, copy);
  std::printf(holds ? "embedding: all right\n" : "embedding: FAILED\n");
  return holds ? 0 : 1;
}
