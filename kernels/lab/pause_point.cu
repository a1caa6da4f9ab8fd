// Checks that a step pauses while the gate is closed, goes on when another stream opens it, and does so by itself when
// nobody does; then times a point that is open. Exit code 1 when something is off.

#include "../src/pause_point.cu"
#include <time.h>

#include "typed.cuh"

namespace {

__global__ void write(int* to, int value) { *to = value; }

bool report(const char* what, bool holds) {
  std::printf("%s  %s\n", holds ? "ok  " : "FAIL", what);
  return holds;
}

bool ready(cudaStream_t stream, int millis) {
  for (int i = 0; i < 20 * millis; ++i) {
    const cudaError_t state = cudaStreamQuery(stream);
    if (state == cudaSuccess) return true;
    if (state != cudaErrorNotReady) CHECK(state);
    struct timespec pause = {0, 50'000};
    nanosleep(&pause, nullptr);
  }
  return false;
}

}  // namespace

int main() {
  cudaStream_t step, other;
  CHECK(cudaStreamCreateWithFlags(&step, cudaStreamNonBlocking));
  CHECK(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking));
  lab::DeviceArray<unsigned> gate(std::vector<unsigned>{0, 0});
  lab::DeviceArray<int> out(std::vector<int>{0});
  const unsigned long long second = 1'000'000'000ull;
  bool holds = true;

  penstock_pause_point<<<1, 32, 0, step>>>(gate.get(), second);
  write<<<1, 1, 0, step>>>(out.get(), 1);
  CHECK(cudaStreamSynchronize(step));
  holds = report("open: goes on", out.download()[0] == 1 && gate.download()[1] == 0) && holds;

  const unsigned closed = 1;
  CHECK(cudaMemcpy(gate.get(), &closed, sizeof closed, cudaMemcpyHostToDevice));
  penstock_pause_point<<<1, 32, 0, step>>>(gate.get(), 10 * second);
  write<<<1, 1, 0, step>>>(out.get(), 2);
  const bool paused = !ready(step, 20);
  CHECK(cudaMemsetAsync(gate.get(), 0, sizeof closed, other));
  CHECK(cudaStreamSynchronize(other));
  holds = report("closed: waits for the other stream", paused && ready(step, 1000) && out.download()[0] == 2 &&
                                                          gate.download()[1] == 1) && holds;

  CHECK(cudaMemcpy(gate.get(), &closed, sizeof closed, cudaMemcpyHostToDevice));
  penstock_pause_point<<<1, 32, 0, step>>>(gate.get(), second / 20);
  holds = report("closed for ever: loses patience", ready(step, 1000)) && holds;

  CHECK(cudaMemset(gate.get(), 0, sizeof closed));
  const double ms = lab::median_ms(200, [&](int) { penstock_pause_point<<<1, 32>>>(gate.get(), second); });
  std::printf("open: %.2f us\n", ms * 1e3);
  std::printf(holds ? "pause_point: all right\n" : "pause_point: FAILED\n");
  return holds ? 0 : 1;
}
