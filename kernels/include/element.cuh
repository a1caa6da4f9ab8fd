// The two element types of weights and activations, bf16 and f16, as sixteen-byte vectors of eight.
//
// A thread that moves 16 bytes at a time needs a quarter of the instructions of one that moves 4 and reaches the
// memory's bandwidth with fewer threads in flight. All arithmetic is in float32: vectors are widened after the load
// and rounded to nearest even before the store. Pointers must be 16-byte aligned.
//
// Three kinds of load:
//   load_weight      read once by one block: past L1, and L2 fetches the 256 bytes around it. Needs no pdl_wait(), and
//                    where it stands before one it stays there. Not by the read-only path: ptxas takes such loads
//                    for free to move and, to save registers, puts them behind the wait.
//   load_constant    read by every block (gains, tables): by the read-only path. Needs no pdl_wait().
//   load_activation  written by an earlier kernel, perhaps after this one began: never by the read-only path, whose
//                    contents must not change while a kernel runs. Only after pdl_wait().
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <stdint.h>

namespace penstock {

constexpr int kVectorElements = 8;

// How two elements in 32 bits become two floats and the reverse; the first is in the low half.
template <typename T>
struct Element;

template <>
struct Element<__nv_bfloat16> {
  static __device__ __forceinline__ float2 widen(uint32_t pair) {
    // bf16 is the upper half of a float32: one shift or one mask each.
    return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u));
  }
  static __device__ __forceinline__ uint32_t narrow(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const uint32_t*>(&pair);
  }
  static __device__ __forceinline__ float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }
  static __device__ __forceinline__ __nv_bfloat16 from_float(float value) { return __float2bfloat16_rn(value); }
};

template <>
struct Element<__half> {
  static __device__ __forceinline__ float2 widen(uint32_t pair) {
    return __half22float2(*reinterpret_cast<const __half2*>(&pair));
  }
  static __device__ __forceinline__ uint32_t narrow(float low, float high) {
    const __half2 pair = __floats2half2_rn(low, high);
    return *reinterpret_cast<const uint32_t*>(&pair);
  }
  static __device__ __forceinline__ float to_float(__half value) { return __half2float(value); }
  static __device__ __forceinline__ __half from_float(float value) { return __float2half_rn(value); }
};

template <>
struct Element<float> {
  static __device__ __forceinline__ float from_float(float value) { return value; }
};

template <typename T>
__device__ __forceinline__ void widen(const uint4& packed, float (&values)[kVectorElements]) {
  const uint32_t pairs[4] = {packed.x, packed.y, packed.z, packed.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 f = Element<T>::widen(pairs[i]);
    values[2 * i] = f.x;
    values[2 * i + 1] = f.y;
  }
}

template <typename T>
__device__ __forceinline__ uint4 narrow(const float (&values)[kVectorElements]) {
  return make_uint4(Element<T>::narrow(values[0], values[1]), Element<T>::narrow(values[2], values[3]),
                    Element<T>::narrow(values[4], values[5]), Element<T>::narrow(values[6], values[7]));
}

// `index` counts vectors of eight elements from `base`.
template <typename T>
__device__ __forceinline__ uint4 load_weight(const T* base, size_t index) {
  uint4 v;
  asm volatile("ld.global.L1::no_allocate.L2::256B.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(reinterpret_cast<const uint4*>(base) + index));
  return v;
}

template <typename T>
__device__ __forceinline__ uint4 load_constant(const T* base, size_t index) {
  return __ldg(reinterpret_cast<const uint4*>(base) + index);
}

// Starts the way of a constant from memory to L2; no register waits for it.
template <typename T>
__device__ __forceinline__ void prefetch_constant(const T* base, size_t index) {
  asm volatile("prefetch.global.L2 [%0];" ::"l"(reinterpret_cast<const uint4*>(base) + index));
}

template <typename T>
__device__ __forceinline__ uint4 load_activation(const T* base, size_t index) {
  uint4 v;
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(reinterpret_cast<const uint4*>(base) + index));
  return v;
}

__device__ __forceinline__ void load_activation(const float* base, size_t index, float (&values)[kVectorElements]) {
  const float4* from = reinterpret_cast<const float4*>(base) + 2 * index;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    asm volatile("ld.global.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(values[4 * i]), "=f"(values[4 * i + 1]), "=f"(values[4 * i + 2]), "=f"(values[4 * i + 3])
                 : "l"(from + i));
  }
}

template <typename T>
__device__ __forceinline__ void store(T* base, size_t index, const uint4& packed) {
  reinterpret_cast<uint4*>(base)[index] = packed;
}

__device__ __forceinline__ void store(float* base, size_t index, const float (&values)[kVectorElements]) {
  float4* to = reinterpret_cast<float4*>(base) + 2 * index;
  to[0] = make_float4(values[0], values[1], values[2], values[3]);
  to[1] = make_float4(values[4], values[5], values[6], values[7]);
}

}  // namespace penstock
