// Checks the gather of rows bit by bit, then times it against a device-to-device copy.
// Exit code 1 when a result is off.

#include "../src/gather_rows.cu"
#include "typed.cuh"

namespace {

int threads_for(int columns) { return std::min(1024, (columns / 8 + 31) / 32 * 32); }

void launch(int count, float* narrowed, __nv_bfloat16* queries, const float* residual, const __nv_bfloat16* qkv,
            const int* rows, int hidden, int queryColumns, int qkvColumns) {
  penstock_gather_rows_bf16<<<count, threads_for(std::max(hidden, queryColumns))>>>(
      narrowed, queries, residual, qkv, rows, hidden, queryColumns, qkvColumns);
}

void launch(int count, float* narrowed, __half* queries, const float* residual, const __half* qkv, const int* rows,
            int hidden, int queryColumns, int qkvColumns) {
  penstock_gather_rows_f16<<<count, threads_for(std::max(hidden, queryColumns))>>>(narrowed, queries, residual, qkv,
                                                                                  rows, hidden, queryColumns, qkvColumns);
}

template <typename T>
bool check(int tokens, int count, int hidden, int queryColumns, int qkvColumns, std::mt19937_64& random) {
  const auto residual = lab::random_values<float>(static_cast<size_t>(tokens) * hidden, 1.0f, random);
  const auto qkv = lab::random_values<T>(static_cast<size_t>(tokens) * qkvColumns, 1.0f, random);
  std::vector<int> rows(count);
  for (int i = 0; i < count; ++i) rows[i] = static_cast<int>(static_cast<long long>(i + 1) * tokens / count) - 1;
  lab::DeviceArray<float> dresidual(residual), narrowed(static_cast<size_t>(count) * hidden + 64);
  lab::DeviceArray<T> dqkv(qkv), queries(static_cast<size_t>(count) * qkvColumns + 64);
  lab::DeviceArray<int> drows(rows);
  narrowed.poison();
  queries.poison();
  launch(count, narrowed.get(), queries.get(), dresidual.get(), dqkv.get(), drows.get(), hidden, queryColumns,
         qkvColumns);
  CHECK(cudaGetLastError());
  const auto outStream = narrowed.download();
  const auto outQueries = queries.download();
  bool holds = lab::untouched(outStream, static_cast<size_t>(count) * hidden) &&
               lab::untouched(outQueries, static_cast<size_t>(count) * qkvColumns);
  for (int i = 0; i < count && holds; ++i) {
    holds = std::memcmp(&outStream[static_cast<size_t>(i) * hidden], &residual[static_cast<size_t>(rows[i]) * hidden],
                        sizeof(float) * hidden) == 0 &&
            std::memcmp(&outQueries[static_cast<size_t>(i) * qkvColumns],
                        &qkv[static_cast<size_t>(rows[i]) * qkvColumns], sizeof(T) * queryColumns) == 0;
  }
  std::printf("%s  %s  %d of %4d rows  hidden %5d  queries %5d of %5d\n", holds ? "ok  " : "FAIL",
              lab::type_name<T>(), count, tokens, hidden, queryColumns, qkvColumns);
  return holds;
}

void time_one(int tokens, int count, double copy) {
  const int hidden = 4096, queryColumns = 4096, qkvColumns = 6144;
  lab::DeviceArray<float> residual(static_cast<size_t>(tokens) * hidden), narrowed(static_cast<size_t>(count) * hidden);
  lab::DeviceArray<__nv_bfloat16> qkv(static_cast<size_t>(tokens) * qkvColumns),
      queries(static_cast<size_t>(count) * qkvColumns);
  std::vector<int> rows(count);
  for (int i = 0; i < count; ++i) rows[i] = (i + 1) * (tokens / count) - 1;
  lab::DeviceArray<int> drows(rows);
  const double ms = lab::median_ms(50, [&](int) {
    launch(count, narrowed.get(), queries.get(), residual.get(), qkv.get(), drows.get(), hidden, queryColumns,
           qkvColumns);
  });
  CHECK(cudaGetLastError());
  char what[64];
  std::snprintf(what, sizeof what, "gather_rows bf16, %d of %d", count, tokens);
  lab::print_rate(what, static_cast<double>(count) * (hidden * 8.0 + queryColumns * 4.0), ms, copy);
}

}  // namespace

int main() {
  std::mt19937_64 random(std::random_device{}());
  bool holds = true;
  for (const auto& [tokens, count, hidden, queries, qkv] :
       {std::tuple{128, 1, 8, 8, 24}, {300, 7, 576, 576, 960}, {129, 64, 1016, 2048, 2304}, {1024, 205, 4096, 4096, 6144}}) {
    holds = check<__nv_bfloat16>(tokens, count, hidden, queries, qkv, random) && holds;
    holds = check<__half>(tokens, count, hidden, queries, qkv, random) && holds;
  }
  const double copy = lab::copy_rate();
  std::printf("copy %.3f TB/s\n", copy / 1e12);
  for (const int count : {1, 16, 205, 512}) time_one(8192, count, copy);
  std::printf(holds ? "gather_rows: all right\n" : "gather_rows: FAILED\n");
  return holds ? 0 : 1;
}
