// Checks that a step pauses when that is asked for, goes on when another stream says so, and does so by itself when
// nobody does; then times a point at which it does not pause. Exit code 1 when something is off.

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
  lab::DeviceArray<unsigned> gate(std::vector<unsigned>{7, 7, 0}); // asked, over, pauses
  lab::DeviceArray<int> out(std::vector<int>{0});
  const unsigned long long second = 1'000'000'000ull;
  const auto set = [&](int which, unsigned value, cudaStream_t stream) {
    CHECK(cudaMemcpyAsync(gate.get() + which, &value, sizeof value, cudaMemcpyHostToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
  };
  const auto step_writes = [&](int value, unsigned long long patience) {
    penstock_pause_point<<<1, 32, 0, step>>>(gate.get(), patience);
    write<<<1, 1, 0, step>>>(out.get(), value);
    CHECK(cudaGetLastError());
  };
  bool holds = true;

  step_writes(1, second);
  CHECK(cudaStreamSynchronize(step));
  holds = report("nothing asked for: goes on", out.download()[0] == 1 && gate.download()[2] == 0) && holds;

  set(0, 8, other);
  step_writes(2, 10 * second);
  const bool paused = !ready(step, 20);
  set(1, 8, other);
  holds = report("asked for: waits for the other stream",
                 paused && ready(step, 1000) && out.download()[0] == 2 && gate.download()[2] == 1) && holds;

  set(1, 9, other);
  set(0, 9, other);
  step_writes(3, 10 * second);
  holds = report("asked for when it is over: goes on", ready(step, 1000) && gate.download()[2] == 1) && holds;

  set(0, 10, other);
  step_writes(4, second / 20);
  const bool tired = ready(step, 1000);
  step_writes(5, 10 * second);
  holds = report("never over: loses patience, for all points behind",
                 tired && ready(step, 1000) && out.download()[0] == 5 && gate.download()[2] == 2) && holds;

  const double ms = lab::median_ms(200, [&](int) { penstock_pause_point<<<1, 32>>>(gate.get(), second); });
  std::printf("no pause: %.2f us\n", ms * 1e3);
  std::printf(holds ? "pause_point: all right\n" : "pause_point: FAILED\n");
  return holds ? 0 : 1;
}
