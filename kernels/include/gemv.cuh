// Matrix times one, two or four vectors: what the GEMV kernels share.
//
// At batch 1 a step is bound by one read of the weights, so the design serves nothing but bytes in flight. A block
// computes a few rows of the matrix and all its threads split k. A thread issues all its 16-byte weight loads at
// once, into registers and before pdl_wait(): the weights of this kernel are on their way while the kernel before
// still drains. Then it takes its part of x, multiplies in float32, and one shuffle tree and one exchange through
// shared memory finish the rows. x comes out of L1, where the blocks of a multiprocessor share it.
//
// RMSNorm costs next to nothing here: W norm(r) = (W (r * gain)) / rms(r), so each block sums the squares of r along
// with its rows and divides at the end, without a pass or a barrier of its own.
//
// Any k that is a multiple of 8 works. A thread that has no vector of x at some place reads the last one of the row
// (so that loads need no predicate) and multiplies it by zero. Rows past the end likewise repeat the last row and
// are not stored. k beyond what the block covers at once is walked in further tiles.
//
// Every sum runs along a tree that depends on k, the block and kChunks only: a token's bits are the same for 1, 2 or
// 4 tokens.
#pragma once

#include "block_reduce.cuh"
#include "element.cuh"
#include "pdl.cuh"

namespace penstock::gemv {

constexpr int kMaxThreads = 512;
constexpr int kMaxBlockWarps = kMaxThreads / kWarpSize;

// Registers: with one token two blocks of 512 threads share a multiprocessor, with more tokens one does.
template <int kTokens>
constexpr int kMinBlocks = kTokens == 1 ? 2 : 1;

// Consecutive rows of a matrix, the row slots of a block; each with a bias unless that is null.
template <typename T, int kRowsPerBlock>
struct RowSlots {
  const T* bias;
  int rows;

  __device__ __forceinline__ int first() const { return blockIdx.x * kRowsPerBlock; }
  __device__ __forceinline__ int row(int r) const { return min(first() + r, rows - 1); }
  __device__ __forceinline__ float bias_of(int r) const {
    return bias == nullptr ? 0.0f : Element<T>::to_float(bias[row(r)]);
  }
};

// out (kTokens, rows) = the totals, rounded to Out.
template <typename T, typename Out, int kTokens, int kRowsPerBlock>
struct StoreOutput {
  static constexpr int kRows = kRowsPerBlock;
  RowSlots<T, kRows> slots;
  Out* out;

  __device__ __forceinline__ int row(int r) const { return slots.row(r); }
  __device__ __forceinline__ float initial(int r, int) const { return slots.bias_of(r); }
  __device__ __forceinline__ void finish(int lane, float total) const {
    const int row = slots.first() + lane / kTokens;
    if (lane >= kRows * kTokens || row >= slots.rows) return;
    out[static_cast<size_t>(lane % kTokens) * slots.rows + row] = Element<Out>::from_float(total);
  }
};

// What an input says of x:
//   kNormed        whether the sums are to be divided by the root mean square of x
//   kAhead         vectors of x, over all tokens, that a thread loads before it uses the first: as many as registers
//                  allow without spills
//   row(n)         x of token n; called after pdl_wait()
//   load, unpack   one vector of such a row, as it is in memory, then as floats (times the gain)
//   load_gain      the gain of the vectors of a tile

// x as an earlier kernel left it, (tokens, k).
template <typename T>
struct PlainInput {
  static constexpr bool kNormed = false;
  static constexpr int kAhead = 4;
  const T* x;
  int k;

  using Source = const T*;
  struct Raw {
    uint4 packed;
  };
  struct Gain {};
  template <int kChunks>
  __device__ __forceinline__ void load_gain(Gain (&)[kChunks], int, int) const {}
  __device__ __forceinline__ Source row(int token) const { return x + static_cast<size_t>(token) * k; }
  __device__ __forceinline__ Raw load(Source row, int v) const { return {load_activation(row, v)}; }
  __device__ __forceinline__ void unpack(const Raw& raw, const Gain&, float (&values)[kVectorElements], float&) const {
    widen<T>(raw.packed, values);
  }
};

// Rows of the residual stream, to be normalised. `rows` picks a row for each token; null: the tokens in order.
template <typename T>
struct NormedInput {
  static constexpr bool kNormed = true;
  static constexpr int kAhead = 2;
  const float* residual;
  const int* rows;
  const T* gain;
  int k;

  using Source = const float*;
  struct Raw {
    float values[kVectorElements];
  };
  struct Gain {
    uint4 packed;
  };
  template <int kChunks>
  __device__ __forceinline__ void load_gain(Gain (&to)[kChunks], int base, int vectors) const {
#pragma unroll
    for (int c = 0; c < kChunks; ++c) {
      const int v = base + c * blockDim.x + threadIdx.x;
      to[c].packed = load_constant(gain, min(v, vectors - 1));
    }
  }
  __device__ __forceinline__ Source row(int token) const {
    // Graph padding may leave a negative row: any row will do for it.
    const int row = rows == nullptr ? token : max(*static_cast<const volatile int*>(rows + token), 0);
    return residual + static_cast<size_t>(row) * k;
  }
  __device__ __forceinline__ Raw load(Source row, int v) const {
    Raw raw;
    load_activation(row, v, raw.values);
    return raw;
  }
  __device__ __forceinline__ void unpack(const Raw& raw, const Gain& g, float (&values)[kVectorElements],
                                         float& squares) const {
    widen<T>(g.packed, values);
#pragma unroll
    for (int i = 0; i < kVectorElements; ++i) {
      squares = fmaf(raw.values[i], raw.values[i], squares);
      values[i] *= raw.values[i];
    }
  }
};

// What one thread holds of kRows rows of w: kChunks vectors of each, a block's width apart.
template <typename T, int kRows, int kChunks>
struct WeightTile {
  uint4 packed[kRows][kChunks];

  // `vectors` is the length of a row; the place of a vector past its end is taken by the last one.
  template <typename Output>
  __device__ __forceinline__ void load(const T* w, const Output& output, int base, int vectors) {
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const size_t row = static_cast<size_t>(output.row(r)) * vectors;
#pragma unroll
      for (int c = 0; c < kChunks; ++c) {
        const int v = base + c * blockDim.x + threadIdx.x;
        packed[r][c] = load_weight(w, row + min(v, vectors - 1));
      }
    }
  }
};

// sum[r * kTokens + n] += the products of one tile.
template <typename T, int kTokens, int kRows, int kChunks, typename Input>
__device__ __forceinline__ void accumulate(float (&sum)[kRows * kTokens], float (&squares)[kTokens],
                                           const WeightTile<T, kRows, kChunks>& tile, const Input& input,
                                           const typename Input::Source (&source)[kTokens],
                                           const typename Input::Gain (&gain)[kChunks], int base, int vectors) {
  constexpr int kAtOnce = Input::kAhead / kTokens < 1         ? 1
                          : Input::kAhead / kTokens < kChunks ? Input::kAhead / kTokens
                                                              : kChunks;
#pragma unroll
  for (int from = 0; from < kChunks; from += kAtOnce) {
    typename Input::Raw raw[kAtOnce][kTokens];
#pragma unroll
    for (int c = 0; c < kAtOnce && from + c < kChunks; ++c) {
      const int v = base + (from + c) * blockDim.x + threadIdx.x;
#pragma unroll
      for (int n = 0; n < kTokens; ++n) {
        raw[c][n] = {};
        if (v < vectors) raw[c][n] = input.load(source[n], v);
      }
    }
#pragma unroll
    for (int c = 0; c < kAtOnce && from + c < kChunks; ++c) {
      float x[kTokens][kVectorElements];
#pragma unroll
      for (int n = 0; n < kTokens; ++n) input.unpack(raw[c][n], gain[from + c], x[n], squares[n]);
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        float f[kVectorElements];
        widen<T>(tile.packed[r][from + c], f);
#pragma unroll
        for (int n = 0; n < kTokens; ++n) {
#pragma unroll
          for (int i = 0; i < kVectorElements; ++i) {
            sum[r * kTokens + n] = fmaf(f[i], x[n][i], sum[r * kTokens + n]);
          }
        }
      }
    }
  }
}

// One block: Output::kRows rows of w (rows, k) times kTokens vectors.
//
// Output says which rows those are and what becomes of the sums. Its members:
//   kRows                how many, a power of two
//   row(r)               matrix row of slot r, always a valid one
//   initial(r, n)        what is added to the sum of row slot r and token n; called after pdl_wait()
//   finish(lane, total)  called by all lanes of the first warp. Lane r * kTokens + n has the total of row slot r and
//                        token n; lanes from kRows * kTokens on repeat the first ones and must store nothing.
template <typename T, int kTokens, int kChunks, typename Input, typename Output>
__device__ __forceinline__ void multiply(const T* w, const Input& input, const Output& output, int k, float eps) {
  constexpr int kRows = Output::kRows;
  constexpr int kSlots = kRows * kTokens;
  static_assert(kSlots <= kWarpSize, "the first warp finishes the sums");
  const int vectors = k / kVectorElements;

  pdl_launch_dependents();
  WeightTile<T, kRows, kChunks> tile;
  tile.load(w, output, 0, vectors);
  typename Input::Gain gain[kChunks];
  input.load_gain(gain, 0, vectors);
  const float inverse_k = 1.0f / k;
  pdl_wait();

  const int lane = threadIdx.x % kWarpSize;
  const int warp = threadIdx.x / kWarpSize;
  const int slot = lane % kSlots;
  const float initial = warp == 0 ? output.initial(slot / kTokens, slot % kTokens) : 0.0f;

  typename Input::Source source[kTokens];
#pragma unroll
  for (int n = 0; n < kTokens; ++n) source[n] = input.row(n);

  float sum[kSlots] = {};
  float squares[kTokens] = {};
  for (int base = 0;;) {
    accumulate<T, kTokens, kRows, kChunks>(sum, squares, tile, input, source, gain, base, vectors);
    base += kChunks * blockDim.x;
    if (base >= vectors) break;
    tile.load(w, output, base, vectors);
    input.load_gain(gain, base, vectors);
  }

  __shared__ float partial[kMaxBlockWarps][kSlots];
  __shared__ float partial_squares[kMaxBlockWarps][kTokens];
  const float warp_total = warp_sum_each(sum);
  constexpr int kLanesPerSlot = kWarpSize / kSlots;
  if (lane % kLanesPerSlot == 0) partial[warp][lane / kLanesPerSlot] = warp_total;
  if constexpr (Input::kNormed) {
    const float warp_squares = warp_sum_each(squares);
    constexpr int kLanesPerToken = kWarpSize / kTokens;
    if (lane % kLanesPerToken == 0) partial_squares[warp][lane / kLanesPerToken] = warp_squares;
  }
  __syncthreads();
  if (warp != 0) return;

  const int warps = blockDim.x / kWarpSize;
  float total = 0.0f;
  for (int i = 0; i < warps; ++i) total += partial[i][slot];
  if constexpr (Input::kNormed) {
    float all_squares = 0.0f;
    for (int i = 0; i < warps; ++i) all_squares += partial_squares[i][slot % kTokens];
    total *= rsqrtf(fmaf(all_squares, inverse_k, eps));
  }
  output.finish(lane, total + initial);
}

}  // namespace penstock::gemv
