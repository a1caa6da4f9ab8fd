// A place between two layers at which a step pauses while another, in a stream of its own, has the GPU.
//
//   returns when gate[0], the last pause that was asked for, is not ahead of gate[1], the last that is over;
//   or after `patience` nanoseconds, and then this pause is over for the points behind, too
//
// Kernels
//   penstock_pause_point
//
// Launch contract
//   grid    1
//   block   any; 32 is enough
//   shared  none
//   align   gate to 4 bytes
//
// gate has three numbers; the third counts pauses. Pauses are numbered, so that one that is asked for late, when the
// other step has ended, is none. Nothing depends on them but time: the two steps touch no memory in common, so one that
// does not pause, or has lost its patience, is as right.
//
// An exception from the rule of pdl.cuh: it does not let the next kernel come early. That one's blocks would sit on the
// multiprocessors for which this step makes way.

#include <cuda_runtime.h>

#include "pdl.cuh"

namespace penstock::pause_point {

__device__ __forceinline__ unsigned long long nanoseconds() {
  unsigned long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

}  // namespace penstock::pause_point

extern "C" __global__ void __launch_bounds__(32) penstock_pause_point(unsigned* gate, unsigned long long patience) {
  penstock::pdl_wait();
  if (threadIdx.x != 0) return;
  const volatile unsigned* seen = gate;
  const auto closed = [&] { return static_cast<int>(seen[0] - seen[1]) > 0; };
  if (!closed()) return;
  gate[2] += 1;
  const unsigned long long start = penstock::pause_point::nanoseconds();
  while (closed()) {
    if (penstock::pause_point::nanoseconds() - start > patience) {
      gate[1] = seen[0];
      return;
    }
    __nanosleep(500);
  }
}
