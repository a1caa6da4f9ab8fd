// What every lab program needs: checked CUDA calls, device arrays, random bf16 data, error norms, timing.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

#define CHECK(call)                                                                           \
  do {                                                                                        \
    const cudaError_t status = (call);                                                        \
    if (status != cudaSuccess) {                                                              \
      std::fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, cudaGetErrorString(status)); \
      std::exit(2);                                                                           \
    }                                                                                         \
  } while (0)

namespace lab {

template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t count) : count_(count) { CHECK(cudaMalloc(&data_, count * sizeof(T))); }
  explicit DeviceArray(const std::vector<T>& host) : DeviceArray(host.size()) { upload(host); }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* get() const { return data_; }
  void upload(const std::vector<T>& host) {
    CHECK(cudaMemcpy(data_, host.data(), count_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  // 0xFF bytes are NaN in every float type: an element that a kernel forgets to write cannot pass.
  void poison() { CHECK(cudaMemset(data_, 0xFF, count_ * sizeof(T))); }
  std::vector<T> download() const {
    std::vector<T> host(count_);
    CHECK(cudaMemcpy(host.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost));
    return host;
  }

 private:
  T* data_ = nullptr;
  size_t count_;
};

inline std::vector<__nv_bfloat16> random_bf16(size_t count, float scale, std::mt19937_64& random) {
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<__nv_bfloat16> values(count);
  for (auto& value : values) value = __float2bfloat16(normal(random));
  return values;
}

// ||actual - expected|| / ||expected||; NaN anywhere gives NaN, which is below no tolerance.
inline double relative_error(const std::vector<__nv_bfloat16>& actual, const std::vector<double>& expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double d = static_cast<double>(__bfloat162float(actual[i])) - expected[i];
    difference += d * d;
    norm += expected[i] * expected[i];
  }
  return norm == 0 ? std::sqrt(difference) : std::sqrt(difference / norm);
}

// Whether timings do not matter, as under compute-sanitizer: each call is then made once.
inline bool once() { return std::getenv("PENSTOCK_LAB_ONCE") != nullptr; }

// Median milliseconds of one call: after a warm-up, `runs` calls each timed with events.
inline double median_ms(int runs, const std::function<void(int)>& call) {
  if (once()) {
    call(0);
    CHECK(cudaDeviceSynchronize());
    return 1;
  }
  cudaEvent_t start, stop;
  CHECK(cudaEventCreate(&start));
  CHECK(cudaEventCreate(&stop));
  for (int i = 0; i < 10; ++i) call(i);
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    CHECK(cudaEventRecord(start));
    call(i);
    CHECK(cudaEventRecord(stop));
    CHECK(cudaEventSynchronize(stop));
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, start, stop));
    times.push_back(ms);
  }
  CHECK(cudaEventDestroy(start));
  CHECK(cudaEventDestroy(stop));
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  return times[runs / 2];
}

}  // namespace lab
