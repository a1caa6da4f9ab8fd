// Writes when every kernel and copy of a process ran on the GPU, one line each: start and end in nanoseconds, stream,
// whether a CUDA graph launched it, its name. The program under test needs no change:
//
//   CUDA_INJECTION64_PATH=.../libkernel_trace.so KERNEL_TRACE=out.tsv java ...
//
// CUPTI's activity API (libcupti of the CUDA toolkit) records on the GPU's own clock; kernels of a graph are recorded one
// by one.

#include <cupti.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace {

constexpr size_t kBufferBytes = 8 << 20;
FILE* out;
std::mutex writing;

void give_buffer(uint8_t** buffer, size_t* size, size_t* max_records) {
  *size = kBufferBytes;
  *max_records = 0;
  *buffer = static_cast<uint8_t*>(std::aligned_alloc(8, kBufferBytes));
}

void take_buffer(CUcontext, uint32_t, uint8_t* buffer, size_t, size_t valid) {
  std::lock_guard<std::mutex> lock(writing);
  CUpti_Activity* record = nullptr;
  while (cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
    if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) {
      const auto* k = reinterpret_cast<const CUpti_ActivityKernel9*>(record);
      std::fprintf(out, "%llu\t%llu\t%u\t%u\t%s\n", (unsigned long long)k->start, (unsigned long long)k->end,
                   k->streamId, k->graphId, k->name);
    } else if (record->kind == CUPTI_ACTIVITY_KIND_MEMCPY) {
      const auto* c = reinterpret_cast<const CUpti_ActivityMemcpy5*>(record);
      std::fprintf(out, "%llu\t%llu\t%u\t%u\tmemcpy kind %d %llu bytes\n", (unsigned long long)c->start,
                   (unsigned long long)c->end, c->streamId, c->graphId, c->copyKind, (unsigned long long)c->bytes);
    }
  }
  std::fflush(out);
  std::free(buffer);
}

void finish() {
  cuptiActivityFlushAll(1);
}

}  // namespace

extern "C" int InitializeInjection() {
  const char* path = std::getenv("KERNEL_TRACE");
  out = std::fopen(path != nullptr ? path : "kernel_trace.tsv", "w");
  if (out == nullptr) return 0;
  cuptiActivityRegisterCallbacks(give_buffer, take_buffer);
  cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  cuptiActivityEnable(CUPTI_ACTIVITY_KIND_MEMCPY);
  std::atexit(finish);
  return 1;
}
