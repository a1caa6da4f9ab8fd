// Checks that blocks come back from the host as they went and that nothing else is touched; then times the copies
// against the driver's own of as many bytes, alone and beside kernels of another stream. Exit code 1 when a bit is off.

#include "../src/kv_copy.cu"

#include <cstring>
#include <numeric>

#include "check.cuh"
#include "graph.cuh"

namespace {

// Pinned host memory.
class HostArray {
 public:
  explicit HostArray(size_t bytes) { CHECK(cudaHostAlloc(&data_, bytes, cudaHostAllocPortable)); }
  ~HostArray() { cudaFreeHost(data_); }
  HostArray(const HostArray&) = delete;
  HostArray& operator=(const HostArray&) = delete;
  template <typename T>
  T* as() const { return static_cast<T*>(data_); }

 private:
  void* data_ = nullptr;
};

struct Shape {
  int layers, blocks, slots, piece;  // piece in vectors
  size_t layer_vectors() const { return static_cast<size_t>(blocks) * piece; }
  size_t block_bytes() const { return static_cast<size_t>(layers) * piece * 16; }
};

bool check(const Shape& s, int count, int grid, std::mt19937_64& random) {
  const size_t words = s.layer_vectors() * s.layers * 4;
  std::vector<uint32_t> cache(words);
  for (auto& word : cache) word = static_cast<uint32_t>(random());
  const size_t host_words = s.slots * s.block_bytes() / 4;
  HostArray host(host_words * 4), list(count * sizeof(int2));
  std::memset(host.as<char>(), 0xA5, host_words * 4);
  std::vector<int> blocks(s.blocks), slots(s.slots);
  std::iota(blocks.begin(), blocks.end(), 0);
  std::iota(slots.begin(), slots.end(), 0);
  std::shuffle(blocks.begin(), blocks.end(), random);
  std::shuffle(slots.begin(), slots.end(), random);
  std::vector<uint32_t> expected_host(host_words, 0xA5A5A5A5u);
  const size_t piece = static_cast<size_t>(s.piece) * 4;
  const auto on_device = [&](int layer, int block) { return (layer * static_cast<size_t>(s.blocks) + block) * piece; };
  const auto on_host = [&](int layer, int slot) { return (slot * static_cast<size_t>(s.layers) + layer) * piece; };
  for (int i = 0; i < count; ++i) {
    list.as<int2>()[i] = {blocks[i], slots[i]};
    for (int l = 0; l < s.layers; ++l) {
      std::memcpy(&expected_host[on_host(l, slots[i])], &cache[on_device(l, blocks[i])], piece * 4);
    }
  }
  lab::DeviceArray<uint32_t> device(cache);
  auto* vectors = reinterpret_cast<uint4*>(device.get());
  penstock_kv_offload<<<grid, 512>>>(host.as<uint4>(), vectors, list.as<int2>(), count, s.layers, s.layer_vectors(),
                                     s.piece);
  CHECK(cudaDeviceSynchronize());
  const bool out = std::memcmp(host.as<char>(), expected_host.data(), host_words * 4) == 0 &&
                   device.download() == cache;
  // Back into other blocks, some of them those that were copied from.
  std::shuffle(blocks.begin(), blocks.end(), random);
  device.poison();
  std::vector<uint32_t> expected(words, 0xFFFFFFFFu);
  for (int i = 0; i < count; ++i) {
    list.as<int2>()[i] = {blocks[i], slots[i]};
    for (int l = 0; l < s.layers; ++l) {
      std::memcpy(&expected[on_device(l, blocks[i])], &expected_host[on_host(l, slots[i])], piece * 4);
    }
  }
  penstock_kv_restore<<<grid, 512>>>(vectors, host.as<uint4>(), list.as<int2>(), count, s.layers, s.layer_vectors(),
                                     s.piece);
  CHECK(cudaDeviceSynchronize());
  const bool back = device.download() == expected;
  std::printf("%s  layers %2d  blocks %4d  piece %5d vectors  pairs %3d  grid %2d  there %s  back %s\n",
              out && back ? "ok  " : "FAIL", s.layers, s.blocks, s.piece, count, grid, out ? "exact" : "WRONG",
              back ? "exact" : "WRONG");
  return out && back;
}

// ---- kernels to run beside

// Reads as the kernels of a decode step do: all multiprocessors, each block its own share.
__global__ void __launch_bounds__(256) read_all(const uint4* data, size_t count, uint32_t* sink) {
  uint32_t sum = 0;
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += 4 * stride) {
#pragma unroll
    for (int u = 0; u < 4; ++u) {
      if (i + u * stride < count) sum ^= __ldcs(data + i + u * stride).x;
    }
  }
  if (sum == 0x12345678u) *sink = sum;
}

// As large as a multiprocessor: its block finds no room where a copying block is.
__global__ void __launch_bounds__(1024, 1) fill_registers(const uint4* data, size_t count, uint32_t* sink) {
  extern __shared__ uint4 room[];
  room[threadIdx.x] = data[threadIdx.x];
  __syncthreads();
  uint32_t sum = room[threadIdx.x ^ 1].x;
  const size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) {
    sum ^= __ldcs(data + i).x;
  }
  if (sum == 0x12345678u) *sink = sum;
}

struct Streams {
  cudaStream_t main, copies;
  cudaEvent_t begin, copied, end;
  Streams() {
    CHECK(cudaStreamCreateWithFlags(&main, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking));
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&copied));
    CHECK(cudaEventCreate(&end));
  }
};

// Milliseconds until the main stream and the copies have ended, both begun at once; medians.
void beside(Streams& s, int runs, const std::function<void(cudaStream_t)>& step,
            const std::function<void(cudaStream_t)>& copy, double* step_ms, double* copy_ms) {
  std::vector<float> steps, copies;
  for (int i = 0; i < runs + 2; ++i) {
    CHECK(cudaEventRecord(s.begin, s.main));
    CHECK(cudaStreamWaitEvent(s.copies, s.begin));
    copy(s.copies);
    CHECK(cudaEventRecord(s.copied, s.copies));
    step(s.main);
    CHECK(cudaEventRecord(s.end, s.main));
    CHECK(cudaStreamSynchronize(s.main));
    CHECK(cudaStreamSynchronize(s.copies));
    float a, b;
    CHECK(cudaEventElapsedTime(&a, s.begin, s.end));
    CHECK(cudaEventElapsedTime(&b, s.begin, s.copied));
    if (i >= 2) steps.push_back(a), copies.push_back(b);
  }
  std::nth_element(steps.begin(), steps.begin() + runs / 2, steps.end());
  std::nth_element(copies.begin(), copies.begin() + runs / 2, copies.end());
  *step_ms = steps[runs / 2];
  *copy_ms = copies[runs / 2];
}

template <bool kOffload, int V>
__global__ void __launch_bounds__(512)
    variant(uint4* to, const uint4* from, const int2* pairs, int count, int layers, size_t layerVectors, int piece) {
  penstock::kv_copy::copy<kOffload, V>(to, from, pairs, count, layers, layerVectors, piece);
}

void time_all() {
  const Shape s{32, 2048, 1024, 4096};  // Llama-3.1-8B: 2 MiB a block
  constexpr int kCount = 94;            // 1,500 tokens
  const double bytes = static_cast<double>(kCount) * s.block_bytes();
  lab::DeviceArray<uint4> cache(s.layer_vectors() * s.layers);
  CHECK(cudaMemset(cache.get(), 0x3C, s.layer_vectors() * s.layers * 16));
  HostArray host(s.slots * s.block_bytes()), list(kCount * sizeof(int2));
  std::memset(host.as<char>(), 0x5A, s.slots * s.block_bytes());
  std::mt19937_64 random(3);
  std::vector<int> blocks(s.blocks), slots(s.slots);
  std::iota(blocks.begin(), blocks.end(), 0);
  std::iota(slots.begin(), slots.end(), 0);
  std::shuffle(blocks.begin(), blocks.end(), random);
  std::shuffle(slots.begin(), slots.end(), random);
  for (int i = 0; i < kCount; ++i) list.as<int2>()[i] = {blocks[i], slots[i]};

  const auto rate = [&](const char* what, double ms) { std::printf("%-58s %7.3f ms  %5.1f GB/s\n", what, ms, bytes / ms / 1e6); };
  rate("cudaMemcpyAsync, device to host, one piece", lab::median_ms(10, [&](int) {
         CHECK(cudaMemcpyAsync(host.as<char>(), cache.get(), static_cast<size_t>(bytes), cudaMemcpyDeviceToHost));
       }));
  rate("cudaMemcpyAsync, host to device, one piece", lab::median_ms(10, [&](int) {
         CHECK(cudaMemcpyAsync(cache.get(), host.as<char>(), static_cast<size_t>(bytes), cudaMemcpyHostToDevice));
       }));
  const size_t piece = s.piece * 16ull, pitch = s.layer_vectors() * 16;
  rate("cudaMemcpy2DAsync a block, device to host", lab::median_ms(5, [&](int) {
         for (int i = 0; i < kCount; ++i) {
           CHECK(cudaMemcpy2DAsync(host.as<char>() + slots[i] * s.block_bytes(), piece,
                                   reinterpret_cast<char*>(cache.get()) + blocks[i] * piece, pitch, piece, s.layers,
                                   cudaMemcpyDeviceToHost));
         }
       }));
  rate("cudaMemcpy2DAsync a block, host to device", lab::median_ms(5, [&](int) {
         for (int i = 0; i < kCount; ++i) {
           CHECK(cudaMemcpy2DAsync(reinterpret_cast<char*>(cache.get()) + blocks[i] * piece, pitch,
                                   host.as<char>() + slots[i] * s.block_bytes(), piece, piece, s.layers,
                                   cudaMemcpyHostToDevice));
         }
       }));
  const auto launch = [&](auto kernel, bool out, int grid, cudaStream_t stream) {
    uint4* to = out ? host.as<uint4>() : cache.get();
    const uint4* from = out ? cache.get() : host.as<uint4>();
    kernel<<<grid, 512, 0, stream>>>(to, from, list.as<int2>(), kCount, s.layers, s.layer_vectors(), s.piece);
    CHECK(cudaGetLastError());
  };
  for (int grid : {2, 4, 8, 16, 24, 32, 64}) {
    const auto run = [&](auto kernel, bool out) { return lab::median_ms(10, [&](int) { launch(kernel, out, grid, nullptr); }); };
    const double out4 = run(variant<true, 4>, true), in4 = run(variant<false, 4>, false);
    const double out8 = run(penstock_kv_offload, true), in8 = run(penstock_kv_restore, false);
    std::printf("grid %2d   4 vectors: there %5.1f  back %5.1f   8 vectors: there %5.1f  back %5.1f GB/s\n", grid,
                bytes / out4 / 1e6, bytes / in4 / 1e6, bytes / out8 / 1e6, bytes / in8 / 1e6);
  }

  // Beside a step: 20 kernels that read 1.5 GB each, which takes half a millisecond.
  Streams streams;
  const size_t count = s.layer_vectors() * s.layers / 3;  // 1.4 GB
  lab::DeviceArray<uint32_t> sink(1);
  CHECK(cudaFuncSetAttribute(fill_registers, cudaFuncAttributeMaxDynamicSharedMemorySize, 200 << 10));
  const auto many_small = [&](cudaStream_t stream) {
    for (int i = 0; i < 20; ++i) {
      read_all<<<132 * 8, 256, 0, stream>>>(cache.get() + i % 2 * count, count, sink.get());
    }
  };
  const auto one_each = [&](cudaStream_t stream) {
    for (int i = 0; i < 20; ++i) {
      fill_registers<<<132, 1024, 200 << 10, stream>>>(cache.get() + i % 2 * count, count, sink.get());
    }
  };
  struct Step {
    const char* name;
    std::function<void(cudaStream_t)> run;
  };
  for (const Step& step : {Step{"blocks of 256 threads", many_small}, Step{"blocks as large as a multiprocessor", one_each}}) {
    double alone, nothing;
    beside(streams, 7, step.run, [](cudaStream_t) {}, &alone, &nothing);
    std::printf("20 reading kernels, %s: %.3f ms alone\n", step.name, alone);
    for (int grid : {4, 8, 16, 32}) {
      for (bool out : {true, false}) {
        double with, copying, copy_alone;
        const auto copy = [&](cudaStream_t stream) {
          out ? launch(penstock_kv_offload, true, grid, stream) : launch(penstock_kv_restore, false, grid, stream);
        };
        beside(streams, 7, [](cudaStream_t) {}, copy, &nothing, &copy_alone);
        beside(streams, 7, step.run, copy, &with, &copying);
        std::printf("  beside %s on %2d blocks: %.3f ms, the copy %.3f ms (alone %.3f); hidden %.0f %%\n",
                    out ? "offload" : "restore", grid, with, copying, copy_alone,
                    100 * (alone + copy_alone - std::max(with, copying)) / std::min(alone, copy_alone));
      }
    }
    double with, copying;
    beside(streams, 7, step.run,
           [&](cudaStream_t stream) {
             CHECK(cudaMemcpyAsync(host.as<char>(), cache.get(), static_cast<size_t>(bytes), cudaMemcpyDeviceToHost, stream));
           },
           &with, &copying);
    std::printf("  beside cudaMemcpyAsync to the host: %.3f ms, the copy %.3f ms\n", with, copying);
  }
}

}  // namespace

int main() {
  std::mt19937_64 random(1);
  bool ok = true;
  for (const Shape& s : {Shape{1, 9, 5, 64}, Shape{3, 40, 40, 640}, Shape{2, 33, 20, 4096}, Shape{30, 64, 48, 768},
                         Shape{4, 300, 120, 4100}}) {
    for (int count : {1, 2, 5, 17, 94}) {
      if (count > std::min(s.blocks, s.slots)) continue;
      for (int grid : {1, 3, 16}) ok = check(s, count, grid, random) && ok;
    }
  }
  if (!ok) return 1;
  time_all();
  return 0;
}
