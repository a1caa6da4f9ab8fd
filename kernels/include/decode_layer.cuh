// The products of a decoder layer between two attentions in one kernel, sm_90a only. See decode_layer.cu for the
// design; here are the block's parts: who copies weights, who copies activations, who multiplies.
#pragma once

#include "decode_layer_norm.cuh"
#include "decode_layer_sync.cuh"
#include "decode_layer_work.cuh"

namespace penstock::decode_layer {

// Stages of the two rings and what is under way of them: of weights that are urgent kMostInFlight at once, of others
// kMostEarly. More, and the activations, which come by the same way, queue behind weights that nobody waits for.
template <int kTokenColumns, int kWeights, int kInputs, int kMostInFlight, int kMostEarly>
struct Shape {
  static constexpr int kN = kTokenColumns;
  static constexpr int kWeightStages = kWeights;
  static constexpr int kInputStages = kInputs;
  static constexpr int kFlight = kMostInFlight;
  static constexpr int kEarly = kMostEarly;
  static constexpr int kWeightBytes = 2 * kBoxBytes;
  static constexpr int kInputBytes = kN * kStep * 2;
  static constexpr int kSharedBytes = kWeights * kWeightBytes + kInputs * kInputBytes + 1024;  // to align to 1,024
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

using decode_gemm::Barriers;
using decode_gemm::Ring;

constexpr int kConsumerBarrier = 1;
constexpr int kConsumerWarps = kConsumers / 32;
constexpr int kQueue = 4;  // units that a block has drawn and not begun to multiply

struct Block {
  uint32_t weights, inputs;                 // rings in shared memory
  Barriers weight_ring, input_ring, queue;  // full and empty
  volatile int* tickets;                    // kQueue: the units that the block has drawn

  // Every reader of the queue: the next unit's number.
  __device__ __forceinline__ int look(const Ring<kQueue>& at) const {
    barrier_wait(queue.full(at.stage), at.parity);
    return tickets[at.stage];
  }
  __device__ __forceinline__ void leave(Ring<kQueue>& at) const {
    barrier_arrive(queue.empty(at.stage));
    at.next();
  }
};

__device__ __forceinline__ int draw_ticket(const Arguments& a, const Order& order, const Block& b, Ring<kQueue>& queue) {
  const int ticket = min(static_cast<int>(draw(a.control + kTicket)), order.end);
  barrier_wait(b.queue.empty(queue.stage), queue.parity ^ 1);
  b.tickets[queue.stage] = ticket;
  barrier_arrive(b.queue.full(queue.stage));
  queue.next();
  return ticket;
}

// Whether the weights of a unit are those that hold up the work. Those behind a norm that waits for others are not.
__device__ __forceinline__ bool urgent(const Arguments& a, const Order& order, const Unit& unit) {
  if (unit.phase == Phase::kO) return true;
  const uint32_t* counter = a.control + kDownDone;
  int count = order.first_qkv - order.first_down;
  if (unit.phase == Phase::kGateUp) counter = a.control + kODone, count = order.first_gate_up;
  if (unit.phase == Phase::kDown) counter = a.control + kPartDone + unit.split * kLine, count = feeders(a, unit.split);
  return load_relaxed(counter) >= static_cast<uint32_t>(count);
}

// One thread. Draws units and copies their weights as fast as they may come, whatever the units wait for.
template <class S>
__device__ __forceinline__ void stream_weights(const Arguments& a, const Order& order, const Block& b) {
  const uint64_t policy = first_to_leave();
  if (a.o.rows > 0) acquire_tensor_map(a.o.weights);
  if (a.gate_up.rows > 0) acquire_tensor_map(a.gate_up.weights);
  if (a.down.rows > 0) acquire_tensor_map(a.down.weights);
  if (a.qkv.rows > 0) acquire_tensor_map(a.qkv.weights);
  Ring<S::kWeightStages> ring, landing;
  Ring<kQueue> queue;
  int under_way = 0;  // stages whose arrival has not been seen
  for (;;) {
    const int ticket = draw_ticket(a, order, b, queue);
    if (ticket == order.end) break;
    Unit unit = order.unit(a, ticket);
    const Product p = product_of(a, unit.phase);
    bool hurry = urgent(a, order, unit);
    do {
      const int row = unit.tile * (unit.phase == Phase::kGateUp ? kBoxRows : kTileRows);
      const int second = unit.phase == Phase::kGateUp ? p.rows : kBoxRows;  // from the first box to the other
#pragma unroll 1
      for (int step = unit.begin; step < unit.end; ++step) {
        barrier_wait(b.weight_ring.empty(ring.stage), ring.parity ^ 1);
        while (under_way >= (hurry ? S::kFlight : S::kEarly)) {
          if (barrier_try(b.weight_ring.full(landing.stage), landing.parity)) {
            landing.next();
            --under_way;
          }
          if (!hurry) hurry = urgent(a, order, unit);
        }
        const uint32_t full = b.weight_ring.full(ring.stage), to = b.weights + ring.stage * S::kWeightBytes;
        barrier_expect(full, S::kWeightBytes);
        copy_box(to, p.weights, step * kStep, row, full, policy);
        copy_box(to + kBoxBytes, p.weights, step * kStep, row + second, full, policy);
        ring.next();
        ++under_way;
      }
    } while (order.next(a, unit));
  }
}

// What a unit's activations wait for.
__device__ __forceinline__ void wait_for_inputs(const Arguments& a, const Unit& unit) {
  const uint32_t* const control = a.control;
  if (unit.phase == Phase::kGateUp) wait_for(control + kPostDone, a.tokens);
  if (unit.phase == Phase::kDown) {
    wait_for(control + kPartDone + unit.split * kLine, feeders(a, unit.split));
  }
  if (unit.phase == Phase::kQkv) wait_for(control + kNextDone, a.tokens);
}

// One thread. Copies the activations of the units, behind what they wait for.
template <class S>
__device__ __forceinline__ void stream_inputs(const Arguments& a, const Order& order, const Block& b) {
  if (a.o.rows > 0) acquire_tensor_map(a.o.x);
  if (a.gate_up.rows > 0) acquire_tensor_map(a.gate_up.x);
  if (a.down.rows > 0) acquire_tensor_map(a.down.x);
  if (a.qkv.rows > 0) acquire_tensor_map(a.qkv.x);
  pdl_wait();
  pdl_launch_dependents();
  Ring<S::kInputStages> ring;
  Ring<kQueue> queue;
  for (;;) {
    const int ticket = b.look(queue);
    b.leave(queue);
    if (ticket == order.end) break;
    Unit unit = order.unit(a, ticket);
    const Product p = product_of(a, unit.phase);
    wait_for_inputs(a, unit);
    fence_global_for_copies();
    do {
#pragma unroll 1
      for (int step = unit.begin; step < unit.end; ++step) {
        barrier_wait(b.input_ring.empty(ring.stage), ring.parity ^ 1);
        const uint32_t full = b.input_ring.full(ring.stage);
        barrier_expect(full, S::kInputBytes);
        copy_box(b.inputs + ring.stage * S::kInputBytes, p.x, step * kStep, 0, full);
        ring.next();
      }
    } while (order.next(a, unit));
  }
}

// acc (2 x 64 x N) = the tile's product over the unit's steps.
template <typename T, class S>
__device__ __forceinline__ void multiply(float (&acc)[2][S::kN / 2], const Unit& unit, const Block& b,
                                         Ring<S::kWeightStages>& weights, Ring<S::kInputStages>& inputs) {
#pragma unroll
  for (int m = 0; m < 2; ++m) {
#pragma unroll
    for (int i = 0; i < S::kN / 2; ++i) acc[m][i] = 0.0f;
  }
#pragma unroll 1
  for (int step = unit.begin; step < unit.end; ++step) {
    const uint64_t w = swizzled_operand(b.weights + weights.stage * S::kWeightBytes, 16);
    const uint64_t x = swizzled_operand(b.inputs + inputs.stage * S::kInputBytes, 16);
    barrier_wait(b.input_ring.full(inputs.stage), inputs.parity);
    barrier_wait(b.weight_ring.full(weights.stage), weights.parity);
    wgmma_fence();
#pragma unroll
    for (int part = 0; part < kStep / 16; ++part) {
      Wgmma<T>::shared(acc[0], advance(w, part * 32), advance(x, part * 32), true);
      Wgmma<T>::shared(acc[1], advance(w, kBoxBytes + part * 32), advance(x, part * 32), true);
    }
    wgmma_commit();
    wgmma_wait<0>();
    if (threadIdx.x % 32 == 0) {
      barrier_arrive(b.weight_ring.empty(weights.stage));
      barrier_arrive(b.input_ring.empty(inputs.stage));
    }
    weights.next();
    inputs.next();
  }
  settle(acc[0]);
  settle(acc[1]);
}

// A part of a tile's sums to its place in the workspace. Eight lanes have 32 bytes of a token: whole sectors.
template <class S>
__device__ __forceinline__ void store_part(const float (&acc)[2][S::kN / 2], const Arguments& a, int rows, int tile,
                                           int split) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int row = tile * kTileRows + 16 * warp + lane / 4;
  float* to = a.partials + (static_cast<size_t>(split) * a.tokens + lane % 4 * 2) * rows + row;
  bool there[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) there[i] = row + i / 2 * 64 + i % 2 * 8 < rows;
#pragma unroll
  for (int j = 0; j < S::kN / 4; ++j) {  // token j / 2 * 8 + lane % 4 * 2 + j % 2
    if (j / 2 * 8 + lane % 4 * 2 + j % 2 < a.tokens) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        if (there[i]) to[i / 2 * 64 + i % 2 * 8] = acc[i / 2][j / 2 * 4 + 2 * (i % 2) + j % 2];
      }
    }
    to += static_cast<size_t>(j % 2 == 0 ? 1 : 7) * rows;
  }
}

// By all consumers, after their stores.
__device__ __forceinline__ void publish(uint32_t* counter) {
  named_sync(kConsumerBarrier, kConsumers);
  if (threadIdx.x == 0) add_release(counter);
}

template <typename T, class S>
__device__ __forceinline__ void finish_gated(const float (&acc)[2][S::kN / 2], const Arguments& a, const Unit& unit) {
  decode_gemm::store_gated<T, S>(acc, {a.activated, nullptr, nullptr, nullptr, a.tokens, a.gate_up.rows, 0, 0},
                                 unit.tile);
  fence_global_for_copies();
  named_sync(kConsumerBarrier, kConsumers);
  if (threadIdx.x != 0) return;
  for (int split = 0; split < a.down.splits; ++split) {
    if (feeds(a, unit.tile, split)) add_release(a.control + kPartDone + split * kLine);
  }
}

template <typename T, class S>
__device__ __forceinline__ void finish_qkv(const float (&acc)[2][S::kN / 2], const Arguments& a,
                                           const Order& order, const Unit& unit) {
  if (order.parts(a, unit.tile) == 1) {
    decode_gemm::store_tile<T, S>(acc, {a.out, nullptr, nullptr, a.qkv.bias, a.tokens, a.qkv.rows, 0, 0}, unit.tile);
    return;
  }
  store_part<S>(acc, a, a.qkv.rows, unit.tile, unit.split);
  publish(a.control + kQkvArrived + unit.tile);
}

// What the consumers know of the block's units.
template <class S>
struct Consumer {
  Ring<S::kWeightStages> weights;
  Ring<S::kInputStages> inputs;
  Ring<kQueue> queue;
  int ticket;

  // The whole warp.
  __device__ __forceinline__ void next(const Block& b) {
    ticket = b.look(queue);
    __syncwarp();
    if (threadIdx.x % 32 == 0) barrier_arrive(b.queue.empty(queue.stage));
    queue.next();
  }
};

// The block's units before `end`; `finish` takes their sums. The phases are loops one after the other, each with the
// code that its sums need.
template <typename T, class S, typename F>
__device__ __forceinline__ void consume_until(int end, Consumer<S>& at, const Arguments& a,
                                              const Order& order, const Block& b, F finish) {
#pragma unroll 1
  while (at.ticket < end) {
    Unit unit = order.unit(a, at.ticket);
    do {
      float acc[2][S::kN / 2];
      multiply<T, S>(acc, unit, b, at.weights, at.inputs);
      finish(acc, unit);
    } while (order.next(a, unit));
    at.next(b);
  }
}

template <typename T, class S>
__device__ __forceinline__ void consume(const Arguments& a, const Order& order, const Block& b) {
  using Sums = float[2][S::kN / 2];
  Consumer<S> at;
  at.next(b);
  consume_until<T>(order.first_gate_up, at, a, order, b, [&](const Sums& acc, const Unit& unit) {
    store_part<S>(acc, a, a.o.rows, unit.tile, unit.split);
    publish(a.control + kODone);
  });
  consume_until<T>(order.first_down, at, a, order, b, [&](const Sums& acc, const Unit& unit) {
    finish_gated<T, S>(acc, a, unit);
  });
  consume_until<T>(order.first_qkv, at, a, order, b, [&](const Sums& acc, const Unit& unit) {
    store_part<S>(acc, a, a.down.rows, unit.tile, unit.split);
    publish(a.control + kDownDone);
  });
  consume_until<T>(order.end, at, a, order, b, [&](const Sums& acc, const Unit& unit) {
    finish_qkv<T, S>(acc, a, order, unit);
  });
}

// The gains' way from memory to L2, before they are wanted in a hurry.
template <typename T>
__device__ __forceinline__ void fetch_gains(const Arguments& a, int thread) {
  const int hidden = a.o.rows;
  for (int v = blockIdx.x * kNormThreads + thread; v < hidden / 8; v += gridDim.x * kNormThreads) {
    if (a.post_gain != nullptr) prefetch_constant(static_cast<const T*>(a.post_gain), v);
    if (a.next_gain != nullptr) prefetch_constant(static_cast<const T*>(a.next_gain), v);
  }
}

template <typename T>
__device__ __forceinline__ void normalise(const Arguments& a, const Order& order, NormScratch& scratch,
                                          int thread) {
  if (order.first_gate_up > 0) {
    normalise_tokens<T>(a, a.o, static_cast<const T*>(a.post_gain), a.control + kPostClaim, a.control + kODone,
                           order.first_gate_up, nullptr, a.control + kPostDone, thread, scratch);
  }
  if (order.first_qkv > order.first_down) {
    normalise_tokens<T>(a, a.down, static_cast<const T*>(a.next_gain), a.control + kNextClaim, a.control + kDownDone,
                           order.first_qkv - order.first_down,
                           order.first_gate_up > 0 ? a.control + kPostDone : nullptr, a.control + kNextDone, thread,
                           scratch);
  }
  if (order.end > order.first_qkv) sum_parts<T>(a, order, thread);
}

template <typename T, class S>
__device__ __forceinline__ void run(const Arguments& a) {
  extern __shared__ uint8_t decode_layer_shared[];
  __shared__ uint64_t barrier_storage[2 * (S::kWeightStages + S::kInputStages + kQueue)];
  __shared__ int tickets[kQueue];
  __shared__ NormScratch scratch;
  Block b;
  b.weights = (shared_address(decode_layer_shared) + 1023u) & ~1023u;
  b.inputs = b.weights + S::kWeightStages * S::kWeightBytes;
  b.weight_ring = {shared_address(barrier_storage)};
  b.input_ring = {b.weight_ring.base + 16 * S::kWeightStages};
  b.queue = {b.input_ring.base + 16 * S::kInputStages};
  b.tickets = tickets;
  const Order order(a);
  const int warp = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / 32, 0);
  constexpr int kFirstCopier = kConsumerWarps + kNormThreads / 32;
  if (threadIdx.x == 0) {
    for (int i = 0; i < S::kWeightStages; ++i) {
      barrier_init(b.weight_ring.full(i), 1);
      barrier_init(b.weight_ring.empty(i), kConsumerWarps);
    }
    for (int i = 0; i < S::kInputStages; ++i) {
      barrier_init(b.input_ring.full(i), 1);
      barrier_init(b.input_ring.empty(i), kConsumerWarps);
    }
    for (int i = 0; i < kQueue; ++i) {
      barrier_init(b.queue.full(i), 1);
      barrier_init(b.queue.empty(i), kConsumerWarps + 1);  // and who copies activations
    }
    barrier_init_done();
    }
  __syncthreads();

  // Everybody waits for the kernels before, before anything is written that they may still read.
  if (warp < kConsumerWarps) {
    pdl_wait();
    consume<T, S>(a, order, b);
  } else if (warp < kFirstCopier) {
    const int thread = static_cast<int>(threadIdx.x) - kConsumers;
    fetch_gains<T>(a, thread);
    pdl_wait();
    normalise<T>(a, order, scratch, thread);
  } else {
    if (threadIdx.x % 32 == 0) {
      if (warp == kFirstCopier) {
        stream_weights<S>(a, order, b);
      } else {
        stream_inputs<S>(a, order, b);
      }
    }
    __syncwarp();
    pdl_wait();
  }
}

#else

template <typename T, class S>
__device__ __forceinline__ void run(const Arguments&) {
  __trap();
}

#endif

using Shape16 = Shape<16, 12, 8, 5, 3>;
using Shape32 = Shape<32, 12, 6, 5, 3>;
using Shape64 = Shape<64, 9, 6, 4, 2>;
static_assert(Shape16::kSharedBytes == 214016 && Shape32::kSharedBytes == 222208 && Shape64::kSharedBytes == 197632 &&
                  kThreads == 448 && kControlWords == 1024,
              "launch contract");

}  // namespace penstock::decode_layer
