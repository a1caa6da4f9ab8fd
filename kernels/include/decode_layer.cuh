// The products of a decoder layer between two attentions in one kernel, sm_90a only. See decode_layer.cu for the
// design; here are the block's parts: who copies weights, who copies activations, who multiplies.
#pragma once

#include "decode_layer_norm.cuh"
#include "decode_layer_sync.cuh"
#include "decode_layer_work.cuh"

namespace penstock::decode_layer {

// kGroups warpgroups multiply, each 128 rows of a tile with the same activations. kTrigger: when the next kernel may
// come, 0 at once, 1 after the wait for the kernels before, 2 when the block has no more units to begin.
template <int kTokenColumns, int kWarpgroups, int kWeights, int kInputs, int kWarpsOfNorm = 4, int kTriggerAt = 1,
          int kMostInFlight = 4, int kMostEarly = 2, bool kInPanels = false>
struct Shape {
  static constexpr int kN = kTokenColumns;
  static constexpr int kGroups = kWarpgroups;
  static constexpr int kWeightStages = kWeights;
  static constexpr int kInputStages = kInputs;
  static constexpr int kTrigger = kTriggerAt;
  static constexpr int kFlight = kMostInFlight;
  static constexpr int kEarlyFlight = kMostEarly;
  static constexpr bool kPanels = kInPanels;
  static constexpr int kTileRows = 128 * kGroups;
  static constexpr int kWeightBytes = 2 * kGroups * kBoxBytes;
  static constexpr int kInputBytes = kN * kStep * 2;
  static constexpr int kSharedBytes = kWeights * kWeightBytes + kInputs * kInputBytes + 1024;  // to align to 1,024
  static constexpr int kConsumers = 128 * kGroups;
  static constexpr int kNormThreads = 32 * kWarpsOfNorm;
  // With two warpgroups of consumers registers are short: the warps that copy, a warpgroup then, give theirs away.
  static constexpr bool kGivesRegisters = kGroups > 1;
  static constexpr int kThreads = kConsumers + kNormThreads + (kGivesRegisters ? 128 : 64);
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

using decode_gemm::Barriers;
using decode_gemm::Ring;

constexpr int kConsumerBarrier = 1;
constexpr int kQueue = 4;  // units that a block has drawn and not begun to multiply

template <class S>
struct Block {
  uint32_t weights, inputs;                    // rings in shared memory
  Barriers weight_ring, input_ring, queue;     // full and empty
  int* tickets;                                // kQueue
  volatile int* ready;                         // the phase whose weights are urgent
  volatile int* flowing;                       // the phase whose activations are there

  // Passes the next unit's number to one reader of the queue; `leader` of each warp gives the place back.
  __device__ __forceinline__ int take(Ring<kQueue>& at) const {
    barrier_wait(queue.full(at.stage), at.parity);
    return tickets[at.stage];
  }
  __device__ __forceinline__ void taken(Ring<kQueue>& at) const {
    barrier_arrive(queue.empty(at.stage));
    at.next();
  }
};

__device__ __forceinline__ Operation operation_of(Phase phase) {
  return phase == Phase::kGateUp ? Operation::kSwiglu : Operation::kStore;
}

// Weight row of box `box` of a tile: for gate and up a warpgroup has 64 gate rows and then their up rows.
template <class S>
__device__ __forceinline__ int weight_row(Phase phase, const Product& p, int tile, int box) {
  if (phase == Phase::kGateUp) return (tile * S::kGroups + box / 2) * kBoxRows + box % 2 * p.rows;
  return tile * S::kTileRows + box * kBoxRows;
}

// One thread. Draws units and copies their weights as fast as the ring takes them, whatever the units wait for.
template <class S>
__device__ __forceinline__ void stream_weights(const Arguments& a, const Order<S::kTileRows>& order, const Block<S>& b) {
  const uint64_t policy = first_to_leave();
  if (a.o.rows > 0) acquire_tensor_map(a.o.weights);
  if (a.gate_up.rows > 0) acquire_tensor_map(a.gate_up.weights);
  if (a.down.rows > 0) acquire_tensor_map(a.down.weights);
  if (a.qkv.rows > 0) acquire_tensor_map(a.qkv.weights);
  Ring<S::kWeightStages> ring, landing;
  Ring<kQueue> queue;
  int under_way = 0;  // stages whose arrival has not been seen
  for (;;) {
    const int ticket = min(static_cast<int>(draw(a.control + kTicket)), order.end);
    barrier_wait(b.queue.empty(queue.stage), queue.parity ^ 1);
    b.tickets[queue.stage] = ticket;
    barrier_arrive(b.queue.full(queue.stage));
    queue.next();
    if (ticket == order.end) break;
    Unit unit = order.unit(a, ticket);
    const Product p = product_of(a, unit.phase);
    do {
      int fetched = unit.begin;
#pragma unroll 1
      for (int step = unit.begin; step < unit.end; ++step) {
        const uint32_t empty = b.weight_ring.empty(ring.stage);
        const int phase = static_cast<int>(unit.phase), limit = min(unit.end, step + a.fill);
        fetched = max(fetched, step + 1);
        while (fetched < limit && *b.ready >= phase && *b.flowing < phase && !barrier_try(empty, ring.parity ^ 1)) {
#pragma unroll
          for (int box = 0; box < 2 * S::kGroups; ++box) {
            prefetch_box(p.weights, fetched * kStep, weight_row<S>(unit.phase, p, unit.tile, box));
          }
          ++fetched;
        }
        barrier_wait(empty, ring.parity ^ 1);
        // Weights that nobody can use yet leave the memory to those that others wait for.
        while (under_way >= (*b.ready < phase ? S::kEarlyFlight : S::kFlight)) {
          if (barrier_try(b.weight_ring.full(landing.stage), landing.parity)) {
            landing.next();
            --under_way;
          }
        }
        const uint32_t full = b.weight_ring.full(ring.stage);
        barrier_expect(full, S::kWeightBytes);
#pragma unroll
        for (int box = 0; box < 2 * S::kGroups; ++box) {
          copy_box(b.weights + ring.stage * S::kWeightBytes + box * kBoxBytes, p.weights, step * kStep,
                   weight_row<S>(unit.phase, p, unit.tile, box), full, policy);
        }
        ring.next();
        ++under_way;
      }
    } while (order.next(a, unit));
  }
  trace(14);
  if constexpr (S::kTrigger == 2) pdl_launch_dependents();
  if (a.coming != nullptr) {
    acquire_tensor_map(a.coming);
    const int steps = (a.coming_k + kStep - 1) / kStep, boxes = (a.coming_rows + kBoxRows - 1) / kBoxRows;
    int at = blockIdx.x;
#pragma unroll 1
    for (int i = 0; i < 2 * a.ahead && at < steps * boxes; ++i, at += gridDim.x) {
      prefetch_box(a.coming, at / boxes * kStep, at % boxes * kBoxRows);
    }
  }
}

// What a unit's activations wait for. Its weights are urgent when the product before its norm is done.
template <class S>
__device__ __forceinline__ void wait_for_inputs(const Arguments& a, const Order<S::kTileRows>& order, const Unit& unit,
                                                const Block<S>& b) {
  const uint32_t* const control = a.control;
  if (unit.phase == Phase::kGateUp) {
    wait_for(control + kODone, order.first_gate_up);
    *b.ready = static_cast<int>(Phase::kDown);
    wait_for(control + kPostDone, a.tokens);
  }
  if (unit.phase == Phase::kDown) {
    *b.ready = static_cast<int>(Phase::kDown);
    wait_for(control + kChunkDone + unit.split * kLine, feeders<S::kGroups>(a, unit.split));
  }
  if (unit.phase == Phase::kQkv) {
    wait_for(control + kDownDone, order.first_qkv - order.first_down);
    *b.ready = static_cast<int>(Phase::kQkv);
    wait_for(control + kNextDone, a.tokens);
  }
}

// One thread. Copies the activations of the units behind what they wait for.
template <class S>
__device__ __forceinline__ void stream_inputs(const Arguments& a, const Order<S::kTileRows>& order, const Block<S>& b) {
  if (a.o.rows > 0) acquire_tensor_map(a.o.x);
  if (a.gate_up.rows > 0) acquire_tensor_map(a.gate_up.x);
  if (a.down.rows > 0) acquire_tensor_map(a.down.x);
  if (a.qkv.rows > 0) acquire_tensor_map(a.qkv.x);
  pdl_wait();
  trace(2);
  if constexpr (S::kTrigger == 1) pdl_launch_dependents();
  Ring<S::kInputStages> ring;
  Ring<kQueue> queue;
  for (;;) {
    const int ticket = b.take(queue);
    b.taken(queue);
    if (ticket == order.end) break;
    Unit unit = order.unit(a, ticket);
    const Product p = product_of(a, unit.phase);
    wait_for_inputs<S>(a, order, unit, b);
    *b.flowing = static_cast<int>(unit.phase);
    if (unit.phase == Phase::kGateUp) trace_first(4);
    if (unit.phase == Phase::kQkv) trace_first(8);
    fence_global_for_copies();
    do {
#pragma unroll 1
      for (int step = unit.begin; step < unit.end; ++step) {
        barrier_wait(b.input_ring.empty(ring.stage), ring.parity ^ 1);
        const uint32_t full = b.input_ring.full(ring.stage);
        barrier_expect(full, S::kInputBytes);
        if (S::kPanels && unit.phase != Phase::kO) {
          copy_box(b.inputs + ring.stage * S::kInputBytes, p.x, 0, step * S::kN, full);
        } else {
          copy_box(b.inputs + ring.stage * S::kInputBytes, p.x, step * kStep, 0, full);
        }
        ring.next();
      }
    } while (order.next(a, unit));
  }
}

// A warpgroup's 128 rows of the tile over the unit's steps.
template <typename T, class S>
__device__ __forceinline__ void multiply(float (&acc)[2][S::kN / 2], const Unit& unit, int group, const Block<S>& b,
                                         Ring<S::kWeightStages>& weights, Ring<S::kInputStages>& inputs) {
#pragma unroll
  for (int m = 0; m < 2; ++m) {
#pragma unroll
    for (int i = 0; i < S::kN / 2; ++i) acc[m][i] = 0.0f;
  }
#pragma unroll 1
  for (int step = unit.begin; step < unit.end; ++step) {
    const uint64_t w =
        swizzled_operand(b.weights + weights.stage * S::kWeightBytes + group * 2 * kBoxBytes, 16);
    const uint64_t x = swizzled_operand(b.inputs + inputs.stage * S::kInputBytes, 16);
    long long clock = trace_add(0, 0);
    barrier_wait(b.input_ring.full(inputs.stage), inputs.parity);
    clock = trace_add(3 * static_cast<int>(unit.phase), clock);
    barrier_wait(b.weight_ring.full(weights.stage), weights.parity);
    clock = trace_add(3 * static_cast<int>(unit.phase) + 1, clock);
    wgmma_fence();
#pragma unroll
    for (int part = 0; part < kStep / 16; ++part) {
      Wgmma<T>::shared(acc[0], advance(w, part * 32), advance(x, part * 32), true);
      Wgmma<T>::shared(acc[1], advance(w, kBoxBytes + part * 32), advance(x, part * 32), true);
    }
    wgmma_commit();
    wgmma_wait<0>();
    trace_add(3 * static_cast<int>(unit.phase) + 2, clock);
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
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32 % 4;
  const int row = tile * 128 + 16 * warp + lane / 4;
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
template <class S>
__device__ __forceinline__ void publish(uint32_t* counter) {
  named_sync(kConsumerBarrier, S::kConsumers);
  if (threadIdx.x == 0) add_release(counter);
}

template <typename T, class S>
__device__ __forceinline__ void finish_qkv(const float (&acc)[2][S::kN / 2], const Arguments& a,
                                           const Order<S::kTileRows>& order, const Unit& unit, int group) {
  const int tile = unit.tile * S::kGroups + group;
  if (order.parts(a, unit.tile) == 1) {
    decode_gemm::store_tile<T, S>(acc, {a.out, nullptr, nullptr, a.qkv.bias, a.tokens, a.qkv.rows, 0, 0}, tile);
    return;
  }
  store_part<S>(acc, a, a.qkv.rows, tile, unit.split);
  publish<S>(a.control + kQkvArrived + unit.tile);
}

template <typename T, class S>
__device__ __forceinline__ void finish_gated(const float (&acc)[2][S::kN / 2], const Arguments& a, const Unit& unit,
                                             int group) {
  decode_gemm::store_gated<T, S>(
      acc, {a.activated, nullptr, nullptr, a.gate_up.bias, a.tokens, a.gate_up.rows, 0, 0},
      unit.tile * S::kGroups + group,
      [&](int token, int row) { return place<S::kPanels, S::kN>(token, row, a.gate_up.rows); });
  fence_global_for_copies();
  named_sync(kConsumerBarrier, S::kConsumers);
  if (threadIdx.x != 0) return;
  for (int split = 0; split < a.down.splits; ++split) {
    if (feeds<S::kGroups>(a, unit.tile, split)) add_release(a.control + kChunkDone + split * kLine);
  }
}

// What the consumers know of the block's units.
template <class S>
struct Consumer {
  Ring<S::kWeightStages> weights;
  Ring<S::kInputStages> inputs;
  Ring<kQueue> queue;
  int ticket;

  // The whole warp.
  __device__ __forceinline__ void next(const Block<S>& b) {
    ticket = b.take(queue);
    __syncwarp();
    if (threadIdx.x % 32 == 0) barrier_arrive(b.queue.empty(queue.stage));
    queue.next();
  }
};

// The block's units before `end`; `finish` takes their sums. The phases are loops one after the other, so that no
// sums are alive between them, where the norms need the registers.
template <typename T, class S, typename F>
__device__ __forceinline__ void consume_until(int end, Consumer<S>& at, const Arguments& a,
                                              const Order<S::kTileRows>& order, const Block<S>& b, F finish) {
#pragma unroll 1
  while (at.ticket < end) {
    Unit unit = order.unit(a, at.ticket);
    do {
      float acc[2][S::kN / 2];
      multiply<T, S>(acc, unit, threadIdx.x / 128, b, at.weights, at.inputs);
      finish(acc, unit, threadIdx.x / 128);
    } while (order.next(a, unit));
    if (threadIdx.x == 0) trace(unit.phase == Phase::kO ? 3 : unit.phase == Phase::kGateUp ? 6 : unit.phase == Phase::kDown ? 7 : 9);
    at.next(b);
  }
}

template <typename T, class S>
__device__ __forceinline__ void consume(const Arguments& a, const Order<S::kTileRows>& order, const Block<S>& b) {
  using Sums = float[2][S::kN / 2];
  Consumer<S> at;
  at.next(b);
  consume_until<T>(order.first_gate_up, at, a, order, b, [&](const Sums& acc, const Unit& unit, int group) {
    store_part<S>(acc, a, a.o.rows, unit.tile * S::kGroups + group, unit.split);
    publish<S>(a.control + kODone);
  });
  consume_until<T>(order.first_down, at, a, order, b, [&](const Sums& acc, const Unit& unit, int group) {
    finish_gated<T, S>(acc, a, unit, group);
  });
  consume_until<T>(order.first_qkv, at, a, order, b, [&](const Sums& acc, const Unit& unit, int group) {
    store_part<S>(acc, a, a.down.rows, unit.tile * S::kGroups + group, unit.split);
    publish<S>(a.control + kDownDone);
  });
  consume_until<T>(order.end, at, a, order, b, [&](const Sums& acc, const Unit& unit, int group) {
    finish_qkv<T, S>(acc, a, order, unit, group);
  });
}

template <typename T, class S>
__device__ __forceinline__ void normalise(const Arguments& a, const Order<S::kTileRows>& order, NormScratch& scratch) {
  const int thread = static_cast<int>(threadIdx.x) - S::kConsumers;
  if (order.first_gate_up > 0) {
    normalise_tokens<T, S>(a, a.o, static_cast<const T*>(a.post_gain), a.control + kPostClaim, a.control + kODone,
                           order.first_gate_up, nullptr, a.control + kPostDone, thread, scratch);
  }
  if (order.first_qkv > order.first_down) {
    normalise_tokens<T, S>(a, a.down, static_cast<const T*>(a.next_gain), a.control + kNextClaim, a.control + kDownDone,
                           order.first_qkv - order.first_down, order.first_gate_up > 0 ? a.control + kPostDone : nullptr,
                           a.control + kNextDone, thread, scratch);
  }
  if (order.end > order.first_qkv) sum_parts<T, S>(a, order, thread);
}

// The gains' way from memory to L2, before they are wanted in a hurry.
template <typename T, class S>
__device__ __forceinline__ void fetch_gains(const Arguments& a) {
  const int hidden = a.o.rows;
  for (int v = blockIdx.x * S::kNormThreads + threadIdx.x - S::kConsumers; v < hidden / 8;
       v += gridDim.x * S::kNormThreads) {
    if (a.post_gain != nullptr) prefetch_constant(static_cast<const T*>(a.post_gain), v);
    if (a.next_gain != nullptr) prefetch_constant(static_cast<const T*>(a.next_gain), v);
  }
}

template <typename T, class S>
__device__ __forceinline__ void run(const Arguments& a) {
  extern __shared__ uint8_t decode_layer_shared[];
  __shared__ uint64_t barrier_storage[2 * (S::kWeightStages + S::kInputStages + kQueue)];
  __shared__ int tickets[kQueue];
  __shared__ int ready, flowing;
  __shared__ NormScratch scratch;
  if constexpr (S::kTrigger == 0) pdl_launch_dependents();
  Block<S> b;
  b.weights = (shared_address(decode_layer_shared) + 1023u) & ~1023u;
  b.inputs = b.weights + S::kWeightStages * S::kWeightBytes;
  b.weight_ring = {shared_address(barrier_storage)};
  b.input_ring = {b.weight_ring.base + 16 * S::kWeightStages};
  b.queue = {b.input_ring.base + 16 * S::kInputStages};
  b.tickets = tickets;
  b.flowing = &flowing;
  b.ready = &ready;
  const Order<S::kTileRows> order(a);
  const int warp = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / 32, 0);
  constexpr int kConsumerWarps = S::kConsumers / 32, kFirstCopier = kConsumerWarps + S::kNormThreads / 32;
  if (threadIdx.x == 0) {
    ready = static_cast<int>(Phase::kO);
    flowing = -1;
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
      barrier_init(b.queue.empty(i), kConsumerWarps + 1);
    }
    barrier_init_done();
#if defined(PENSTOCK_TRACE)
    trace_begin(a.control, kControlWords);
#endif
    trace(0);
  }
  __syncthreads();

  // Everybody waits for the kernels before, before anything is written that they may still read.
  if (warp < kConsumerWarps) {
    if constexpr (S::kGivesRegisters) asm volatile("setmaxnreg.inc.sync.aligned.u32 160;");
    pdl_wait();
    consume<T, S>(a, order, b);
  } else if (warp < kFirstCopier) {
    fetch_gains<T, S>(a);
    pdl_wait();
    normalise<T, S>(a, order, scratch);
  } else {
    if constexpr (S::kGivesRegisters) asm volatile("setmaxnreg.dec.sync.aligned.u32 56;");
    if (threadIdx.x % 32 == 0) {
      if (warp == kFirstCopier) stream_weights<S>(a, order, b);
      if (warp == kFirstCopier + 1) stream_inputs<S>(a, order, b);
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

}  // namespace penstock::decode_layer
