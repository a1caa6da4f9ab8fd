// Launches as the engine makes them: any kernel by pointer, with programmatic dependent launch, in a graph.
#pragma once

#include <tuple>

#include "check.cuh"

namespace lab {

inline void launch(const void* kernel, dim3 grid, int block, size_t shared, cudaStream_t stream, bool programmatic,
                   void** arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = dim3(block);
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &attribute;
  config.numAttrs = programmatic ? 1 : 0;
  CHECK(cudaLaunchKernelExC(&config, kernel, arguments));
}

// Arguments must have the very types of the kernel's parameters.
template <typename... A>
void launch(const void* kernel, dim3 grid, int block, cudaStream_t stream, bool programmatic, A... arguments) {
  void* pointers[] = {&arguments...};
  launch(kernel, grid, block, 0, stream, programmatic, pointers);
}

// Arguments become what the kernel's parameters are.
template <typename... P, typename... A>
void launch(void (*kernel)(P...), dim3 grid, int block, size_t shared, cudaStream_t stream, bool programmatic,
            A... arguments) {
  std::tuple<P...> converted{static_cast<P>(arguments)...};
  std::apply(
      [&](P&... values) {
        void* pointers[] = {&values...};
        launch(reinterpret_cast<const void*>(kernel), grid, block, shared, stream, programmatic, pointers);
      },
      converted);
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
    if (start_ != nullptr) cudaEventDestroy(start_), cudaEventDestroy(stop_);
    cudaGraphExecDestroy(executable_);
    cudaStreamDestroy(stream_);
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void run() {
    CHECK(cudaGraphLaunch(executable_, stream_));
    CHECK(cudaStreamSynchronize(stream_));
  }

  // Milliseconds of one replay.
  double time_once() {
    if (start_ == nullptr) {
      CHECK(cudaEventCreate(&start_));
      CHECK(cudaEventCreate(&stop_));
    }
    CHECK(cudaEventRecord(start_, stream_));
    CHECK(cudaGraphLaunch(executable_, stream_));
    CHECK(cudaEventRecord(stop_, stream_));
    CHECK(cudaEventSynchronize(stop_));
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, start_, stop_));
    return ms;
  }

  // Median milliseconds of one replay.
  double time(int runs) {
    for (int i = 0; i < 3; ++i) CHECK(cudaGraphLaunch(executable_, stream_));
    std::vector<double> times;
    for (int i = 0; i < runs; ++i) times.push_back(time_once());
    std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
    return times[runs / 2];
  }

 private:
  cudaEvent_t start_ = nullptr, stop_ = nullptr;
  cudaStream_t stream_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
};

// Milliseconds of one of `count` launches that run one after the other in a graph, each on its own data.
inline double graph_ms(int count, int runs, const std::function<void(int, cudaStream_t)>& call) {
  CHECK(cudaDeviceSynchronize());  // the data are there
  Graph graph([&](cudaStream_t stream) {
    for (int i = 0; i < count; ++i) call(i, stream);
  });
  return graph.time(runs) / count;
}

}  // namespace lab
