// How the lab launches the fused layer and what it compares it with.
#pragma once

#include "../src/decode_layer.cu"
#include "graph.cuh"
#include "product_reference.cuh"
#include "tensor_map.cuh"
#include "typed.cuh"

namespace lab {

using LayerArguments = penstock::decode_layer::Arguments;
using penstock::decode_layer::kControlWords;

// Other shapes than the engine's, to see what they are worth.
template <typename T, class S>
__global__ void __launch_bounds__(penstock::decode_layer::kThreads, 1) decode_layer_variant(const LayerArguments a) {
  penstock::decode_layer::run<T, S>(a);
}

struct LayerKernel {
  const char* name;
  int columns, shared_bytes;
  const void* kernel;
  bool flat;  // takes the arguments one by one, as the engine's kernels do
};

template <class S>
LayerKernel layer_kernel(const char* name, const void* kernel, bool flat) {
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, S::kSharedBytes));
  return {name, S::kN, S::kSharedBytes, kernel, flat};
}

template <typename T, class S>
LayerKernel layer_variant(const char* name) {
  return layer_kernel<S>(name, reinterpret_cast<const void*>(&decode_layer_variant<T, S>), false);
}

#define PENSTOCK_LAYER(T, N)                                                                      \
  layer_kernel<penstock::decode_layer::Shape##N>(                                                 \
      "library", reinterpret_cast<const void*>(&penstock_decode_layer_##T##_n##N), true)

template <typename T>
LayerKernel layer_library(int tokens) {
  if constexpr (std::is_same_v<T, __half>) {
    if (tokens <= 16) return PENSTOCK_LAYER(f16, 16);
    if (tokens <= 32) return PENSTOCK_LAYER(f16, 32);
    return PENSTOCK_LAYER(f16, 64);
  } else {
    if (tokens <= 16) return PENSTOCK_LAYER(bf16, 16);
    if (tokens <= 32) return PENSTOCK_LAYER(bf16, 32);
    return PENSTOCK_LAYER(bf16, 64);
  }
}

inline void launch_layer(const LayerKernel& k, LayerArguments a, int grid, cudaStream_t stream, bool programmatic) {
  const void* null = nullptr;
  const void* o = a.o.rows > 0 ? a.o.weights : null;
  const void* gate_up = a.gate_up.rows > 0 ? a.gate_up.weights : null;
  const void* down = a.down.rows > 0 ? a.down.weights : null;
  const void* qkv = a.qkv.rows > 0 ? a.qkv.weights : null;
  const void* normed = a.gate_up.x;
  void* flat[] = {&a.residual, &a.normed, &a.activated, &a.out, &a.partials, &a.control, &o, &a.o.x, &a.o.bias,
                  &gate_up, &normed, &down, &a.down.x, &a.down.bias, &qkv, &a.qkv.bias, &a.post_gain, &a.next_gain,
                  &a.eps, &a.tokens, &a.o.rows, &a.o.k, &a.gate_up.rows, &a.qkv.rows, &a.o.splits, &a.down.splits,
                  &a.qkv.splits};
  void* whole[] = {&a};
  launch(k.kernel, dim3(grid), penstock::decode_layer::kThreads, k.shared_bytes, stream, programmatic,
         k.flat ? flat : whole);
}

struct Splits {
  int o, down, qkv;  // parts of a tile; for q, k and v pieces of all tiles together
};

// As the engine's plan divides the work: o in one unit a multiprocessor at most, down in a few more, as they are handed
// out while gate and up still run.
inline Splits splits_of(int hidden, int attended, int ffn, int qkv_rows, int sms) {
  const auto tiles = [](int rows) { return (rows + 127) / 128; };
  const auto steps = [](int k) { return (k + 63) / 64; };
  const auto of = [&](int rows, int k, int units) {
    return std::max(1, std::min({units / tiles(rows), steps(k), penstock::decode_layer::kMaxSplits}));
  };
  return {of(hidden, attended, sms), of(hidden, ffn, sms * 5 / 4),
          std::min({sms, tiles(qkv_rows) * steps(hidden), 8 * tiles(qkv_rows)})};
}

// out = x w^T + bias + before, or silu(x gate^T) * (x up^T), in double precision; a warp an output.
template <typename T>
__global__ void product_reference(double* out, const T* w, const T* x, const T* bias, const float* before, bool gated,
                                  int tokens, int rows, int k) {
  const size_t outputs = static_cast<size_t>(tokens) * rows;
  const int lane = threadIdx.x % 32;
  for (size_t i = (blockIdx.x * size_t{blockDim.x} + threadIdx.x) / 32; i < outputs;
       i += size_t{gridDim.x} * blockDim.x / 32) {
    const size_t token = i / rows, row = i % rows;
    double sums[2] = {0, 0};
    for (int part = 0; part < (gated ? 2 : 1); ++part) {
      const size_t w_row = row + static_cast<size_t>(part) * rows;
      double sum = 0;
      for (int c = lane; c < k; c += 32) {
        sum += static_cast<double>(penstock::Element<T>::to_float(w[w_row * k + c])) *
               static_cast<double>(penstock::Element<T>::to_float(x[token * k + c]));
      }
      for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
      sums[part] = sum + (bias == nullptr ? 0.0 : static_cast<double>(penstock::Element<T>::to_float(bias[w_row])));
    }
    if (lane == 0) {
      out[i] = gated ? sums[0] / (1 + exp(-sums[0])) * sums[1]
                     : sums[0] + (before == nullptr ? 0.0 : static_cast<double>(before[i]));
    }
  }
}

template <typename T>
std::vector<double> expected_product(const T* w, const T* x, const T* bias, const float* before, bool gated, int tokens,
                                     int rows, int k) {
  DeviceArray<double> out(static_cast<size_t>(tokens) * rows);
  product_reference<<<2048, 256>>>(out.get(), w, x, bias, before, gated, tokens, rows, k);
  CHECK(cudaGetLastError());
  return out.download();
}

template <typename T>
std::vector<double> expected_norm(const std::vector<float>& residual, const std::vector<T>& gain, int tokens, float eps) {
  const size_t hidden = gain.size();
  std::vector<double> out(tokens * hidden);
  for (int t = 0; t < tokens; ++t) {
    double squares = 0;
    for (size_t i = 0; i < hidden; ++i) {
      const double x = residual[t * hidden + i];
      squares += x * x;
    }
    const double factor = 1 / std::sqrt(squares / hidden + eps);
    for (size_t i = 0; i < hidden; ++i) out[t * hidden + i] = residual[t * hidden + i] * factor * to_double(gain[i]);
  }
  return out;
}

}  // namespace lab
