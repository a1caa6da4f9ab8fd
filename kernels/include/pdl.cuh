// Programmatic dependent launch (CUDA programming guide, "Programmatic Dependent Launch and Synchronization").
//
// A kernel launched with the attribute may start while the kernel before it drains: as soon as all blocks of that
// kernel have called pdl_launch_dependents() or ended. pdl_wait() returns when the kernels before have completed
// and what they wrote is visible. What lies between the start and pdl_wait() is overlapped for nothing.
//
// The rule for every kernel here: pdl_launch_dependents() at the top, so that the next kernel may come as early as
// there is room; pdl_wait() in every thread before anything is read that an earlier kernel wrote and before anything
// is written that an earlier kernel may still read. Because all kernels wait, a kernel that has completed implies
// that all before it have. Weights are read-only for the whole run, so they may be read before pdl_wait().
//
// Both are no-ops below sm_90 and in a launch without the attribute.
#pragma once

namespace penstock {

__device__ __forceinline__ void pdl_launch_dependents() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

__device__ __forceinline__ void pdl_wait() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

}  // namespace penstock
