// Lab data of either element type, fast random numbers, and error norms against double precision.
#pragma once

#include <cuda_fp16.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "check.cuh"

namespace lab {

inline double to_double(float value) { return value; }
inline double to_double(__nv_bfloat16 value) { return __bfloat162float(value); }
inline double to_double(__half value) { return __half2float(value); }

template <typename T>
T from_float(float value);
template <>
inline float from_float<float>(float value) { return value; }
template <>
inline __nv_bfloat16 from_float<__nv_bfloat16>(float value) { return __float2bfloat16(value); }
template <>
inline __half from_float<__half>(float value) { return __float2half(value); }

template <typename T>
const char* type_name();
template <>
inline const char* type_name<__nv_bfloat16>() { return "bf16"; }
template <>
inline const char* type_name<__half>() { return "f16 "; }

// Most that the error's norm may be, relative to that of many results. Rounding to T makes a relative error of up to its
// unit roundoff, 2^-8 for bf16 and 2^-11 for f16, and less than half of that on average.
template <typename T>
double tolerance();
template <>
inline double tolerance<__nv_bfloat16>() { return 2.5e-3; }
template <>
inline double tolerance<__half>() { return 3.2e-4; }
template <>
inline double tolerance<float>() { return 3e-6; }

// The same for so many results: a few may all be rounded by nearly as much as there is.
template <typename T>
double tolerance(size_t results) {
  constexpr size_t kFew = 64;
  if (results >= kFew || std::is_same_v<T, float>) return tolerance<T>();
  const double roundoff = std::is_same_v<T, __half> ? 1.0 / 2048 : 1.0 / 256;
  return roundoff + tolerance<float>();
}

// Sum of four uniform numbers: near enough to normal, and quick enough for millions of weights.
template <typename T>
std::vector<T> random_values(size_t count, float scale, std::mt19937_64& random) {
  std::vector<T> values(count);
  for (auto& value : values) {
    const uint64_t bits = random();
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<int16_t>(bits >> (16 * i));
    value = from_float<T>(static_cast<float>(sum) * (scale / 37837.0f));
  }
  return values;
}

// ||actual - expected|| / ||expected|| over the length of `expected`; NaN anywhere gives NaN. `typical` is the size of
// an ordinary value: it keeps a result that happens to be near zero from making much of an ordinary error.
template <typename T>
double error_of(const std::vector<T>& actual, const std::vector<double>& expected, double typical = 0) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double d = to_double(actual[i]) - expected[i];
    difference += d * d;
    norm += std::max(expected[i] * expected[i], typical * typical);
  }
  return norm == 0 ? std::sqrt(difference) : std::sqrt(difference / norm);
}

// Whether everything from `from` on still is as DeviceArray::poison() left it.
template <typename T>
bool untouched(const std::vector<T>& values, size_t from) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  for (size_t i = from * sizeof(T); i < values.size() * sizeof(T); ++i) {
    if (bytes[i] != 0xFF) return false;
  }
  return true;
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b, size_t count) {
  return std::memcmp(a.data(), b.data(), count * sizeof(T)) == 0;
}

// Bytes a second, read plus written, of a device-to-device copy far larger than L2.
inline double copy_rate() {
  const size_t bytes = size_t{1} << 30;
  DeviceArray<char> from(bytes), to(bytes);
  CHECK(cudaMemset(from.get(), 0x5A, bytes));
  const double ms = median_ms(10, [&](int) {
    CHECK(cudaMemcpyAsync(to.get(), from.get(), bytes, cudaMemcpyDeviceToDevice));
  });
  return 2.0 * bytes / ms * 1e3;
}

inline void print_rate(const char* what, double bytes, double ms, double copy) {
  const double rate = bytes / ms * 1e3;
  std::printf("%-44s %9.1f us  %6.3f TB/s  %3.0f %% of copy\n", what, ms * 1e3, rate / 1e12, 100 * rate / copy);
}

}  // namespace lab
