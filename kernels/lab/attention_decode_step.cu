// Times decode attention as it stands in a step: layers in a graph, each with a stream of weights that leaves nothing
// of the layer before in L2, the preparation of q, k and v, and attention, launched as the engine launches them. What a
// kernel costs is the difference to the same graph without it.

#include "../src/attention_decode.cu"
#include "../src/qkv_prepare.cu"
#include "attention_case.cuh"

namespace {

using T = __nv_bfloat16;

constexpr lab::Heads kShape{8, 4, 128};
constexpr int kPoolBlocks = 26624;  // of a layer: about what 80 GB leave, so that pages lie as far apart as they do there
constexpr int kLayers = 12;
constexpr size_t kStreamVectors = (size_t{64} << 20) / 16;
constexpr int kStreams = 4;
constexpr int kRuns = 15;

__global__ void __launch_bounds__(512) stream_weights(const uint4* from, size_t count, unsigned* never) {
  unsigned sum = 0;
  const size_t step = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x; i + 3 * step < count; i += 4 * step) {
    uint4 v[4];
#pragma unroll
    for (int k = 0; k < 4; ++k) v[k] = __ldg(from + i + k * step);
#pragma unroll
    for (int k = 0; k < 4; ++k) sum += v[k].x ^ v[k].y ^ v[k].z ^ v[k].w;
  }
  if (sum == 0x12345678u) *never = sum;
}

class Step {
 public:
  Step() {
    lab::fill(cache_.get(), kPoolBlocks * kShape.block_elements() * kLayers * sizeof(T));
    lab::fill(weights_.get(), kStreamVectors * kStreams * 16);
    std::iota(pool_.begin(), pool_.end(), 0);
  }

  // `batch` sequences of `from` to `to` tokens.
  void time(int batch, int from, int to);

 private:
  void stream(int layer, cudaStream_t stream) const {
    stream_weights<<<2 * lab::multiprocessors(), 512, 0, stream>>>(weights_.get() + layer % kStreams * kStreamVectors,
                                                                   kStreamVectors, never_.get());
  }

  std::mt19937_64 random_{7};
  lab::DeviceArray<T> cache_{kPoolBlocks * kShape.block_elements() * kLayers};
  lab::DeviceArray<uint4> weights_{kStreamVectors * kStreams};
  lab::DeviceArray<unsigned> never_{1};
  std::vector<int> pool_ = std::vector<int>(kPoolBlocks);
};

void Step::time(int batch, int from, int to) {
  std::vector<lab::SequenceShape> shapes;
  double bytes = 0;
  for (int s = 0; s < batch; ++s) {
    shapes.push_back({from + static_cast<int>(random_() % (to - from + 1)), 1});
    bytes += 2.0 * shapes.back().context * kShape.kv_heads * kShape.dim * sizeof(T);
  }
  lab::Layout layout(shapes, random_);
  std::shuffle(pool_.begin(), pool_.end(), random_);
  std::copy_n(pool_.begin(), layout.blocks, layout.block_ids.begin());
  std::vector<int> slots;
  for (int s = 0; s < batch; ++s) {
    const int last = shapes[s].context - 1;
    slots.push_back(layout.block_ids[layout.block_start[s] + last / lab::kPage] * lab::kPage + last % lab::kPage);
  }
  auto plan = lab::plan_decode(layout.sequences, layout.block_start, layout.query_start,
                               {kShape.kv_heads, lab::multiprocessors(), 3, 0});
  const int resident = lab::multiprocessors() * 3 / kShape.kv_heads;
  plan.work.resize(plan.work.size() + resident * lab::kRecord);

  const size_t qkv_elements = static_cast<size_t>(batch) * kShape.row();
  lab::DeviceArray<T> qkv(qkv_elements), out(static_cast<size_t>(batch) * kShape.query_heads() * kShape.dim);
  lab::fill(qkv.get(), qkv_elements * sizeof(T));
  lab::DeviceArray<float2> cos_sin(std::vector<float2>(static_cast<size_t>(batch) * 64, make_float2(0.6f, 0.8f)));
  lab::DeviceArray<int> ids(layout.block_ids), dslots(slots), work(plan.work);
  lab::DeviceArray<float> partials(static_cast<size_t>(plan.slots + 1) * kShape.query_heads() * (kShape.dim + 4));
  lab::DeviceArray<int> counters(std::vector<int>((plan.slots + 1) * kShape.kv_heads, 0));

  // The first `kernels` of a layer's three.
  const auto layers = [&](int kernels) {
    return 1e3 * lab::graph_ms(kLayers, kRuns, [&](int layer, cudaStream_t to_stream) {
      T* cache = cache_.get() + layer * kPoolBlocks * kShape.block_elements();
      stream(layer, to_stream);
      if (kernels > 1) {
        const int threads = (kShape.query_heads() + 2 * kShape.kv_heads) * kShape.dim / 16;
        lab::launch(penstock_qkv_prepare_bf16, dim3(batch, lab::ceil_div(threads, 128)), 128, 0, to_stream, true,
                    qkv.get(), nullptr, nullptr, nullptr, 1e-5f, cos_sin.get(), dslots.get(), cache,
                    kShape.query_heads(), kShape.kv_heads, kShape.dim, kShape.dim, 0);
      }
      if (kernels > 2) {
        lab::launch(penstock_attention_decode_bf16_d128, dim3(kShape.kv_heads, resident), 128, 0, to_stream, true,
                    out.get(), qkv.get(), cache, ids.get(), work.get(), partials.get(), counters.get(),
                    kShape.query_heads(), kShape.kv_heads, 0, 1.0f / std::sqrt(128.0f));
      }
    });
  };
  const double alone = layers(1), prepared = layers(2), all = layers(3);
  std::printf("%3d sequences of %4d to %4d tokens  %7.1f MB  preparation %6.2f us  with attention %7.2f us  attention "
              "%7.2f us, %.2f TB/s\n",
              batch, from, to, bytes / 1e6, prepared - alone, all - alone, all - prepared,
              bytes / (all - prepared) / 1e6);
}

}  // namespace

int main() {
  if (lab::once()) return 0;  // there is nothing here but times
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Step step;
  const int shapes[][3] = {{1, 264, 264},     {8, 264, 264},       {32, 264, 264},  {64, 264, 264},
                           {128, 264, 264},   {512, 128, 256},     {256, 640, 640}, {270, 1000, 2000},
                           {1, 8192, 8192},   {8, 4096, 4096}};
  for (const auto& s : shapes) step.time(s[0], s[1], s[2]);
  return 0;
}
