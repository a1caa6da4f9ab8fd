// Launches as the engine makes them: any kernel by pointer, with programmatic dependent launch, in a graph.
#pragma once

#include "check.cuh"

namespace lab {

// Arguments must have the very types of the kernel's parameters.
template <typename... A>
void launch(const void* kernel, dim3 grid, int block, cudaStream_t stream, bool programmatic, A... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = dim3(block);
  config.stream = stream;
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &attribute;
  config.numAttrs = programmatic ? 1 : 0;
  void* pointers[] = {&arguments...};
  CHECK(cudaLaunchKernelExC(&config, kernel, pointers));
}

class Graph {
 public:
  template <typename F>
  explicit Graph(F body) {
    CHECK(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
    CHECK(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
    body(stream_);
    cudaGraph_t graph;
    CHECK(cudaStreamEndCapture(stream_, &graph));
    CHECK(cudaGraphInstantiate(&executable_, graph, 0));
    CHECK(cudaGraphDestroy(graph));
  }
  ~Graph() {
    cudaGraphExecDestroy(executable_);
    cudaStreamDestroy(stream_);
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void run() {
    CHECK(cudaGraphLaunch(executable_, stream_));
    CHECK(cudaStreamSynchronize(stream_));
  }

  // Median milliseconds of one replay.
  double time(int runs) {
    cudaEvent_t start, stop;
    CHECK(cudaEventCreate(&start));
    CHECK(cudaEventCreate(&stop));
    for (int i = 0; i < 3; ++i) CHECK(cudaGraphLaunch(executable_, stream_));
    std::vector<double> times;
    for (int i = 0; i < runs; ++i) {
      CHECK(cudaEventRecord(start, stream_));
      CHECK(cudaGraphLaunch(executable_, stream_));
      CHECK(cudaEventRecord(stop, stream_));
      CHECK(cudaEventSynchronize(stop));
      float ms = 0;
      CHECK(cudaEventElapsedTime(&ms, start, stop));
      times.push_back(ms);
    }
    CHECK(cudaEventDestroy(start));
    CHECK(cudaEventDestroy(stop));
    std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
    return times[runs / 2];
  }

 private:
  cudaStream_t stream_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace lab
