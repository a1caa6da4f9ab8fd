// A place between two layers at which a step pauses while another, in a stream of its own, has the GPU.
//
//   returns when *closed is 0, or after `patience` nanoseconds
//
// Kernels
//   penstock_pause_point
//
// Launch contract
//   grid    1
//   block   any; 32 is enough
//   shared  none
//   align   closed to 8 bytes
//
// closed is a pair: whether steps pause, and how often one has paused. The first is set and cleared by copies or fills
// of the other stream. Nothing depends on it but time: the two steps touch no memory in common, so one that does not
// pause, or waits no longer because nobody opens again, is as right.
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

extern "C" __global__ void __launch_bounds__(32)
    penstock_pause_point(unsigned* closed, unsigned long long patience) {
  penstock::pdl_wait();
  if (threadIdx.x != 0) return;
  const volatile unsigned* gate = closed;
  if (gate[0] == 0) return;
  closed[1] += 1;
  const unsigned long long start = penstock::pause_point::nanoseconds();
  while (gate[0] != 0 && penstock::pause_point::nanoseconds() - start < patience) __nanosleep(500);
}
