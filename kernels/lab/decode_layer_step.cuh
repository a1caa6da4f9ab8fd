// 32 layers of Llama 3.1 8B for the fused layer's timing: with the kernels of today and with the fused one, each with
// or without RoPE, cache and attention between.
#pragma once

#include "../src/attention_decode.cu"
#include "../src/qkv_prepare.cu"
#include "attention_case.cuh"
#include "decode_layer_case.cuh"
#include "decode_layer_today.cuh"

namespace lab {

using Bf16 = __nv_bfloat16;
constexpr int kHidden = 4096, kQkv = 6144, kFfn = 14336, kLayers = 32, kMaxTokens = 128, kContext = 264;

enum Matrix { kQkvMatrix, kOMatrix, kGateUpMatrix, kDownMatrix, kMatrices };
struct MatrixShape {
  int rows, k;  // of the weights
  size_t weights() const { return static_cast<size_t>(rows) * k; }
};
constexpr MatrixShape kMatrixShapes[] = {{kQkv, kHidden}, {kHidden, kHidden}, {2 * kFfn, kHidden}, {kHidden, kFfn}};
constexpr size_t kLayerWeights = size_t{kQkv} * kHidden + size_t{kHidden} * kHidden + 3 * size_t{kFfn} * kHidden;

struct Model {
  DeviceArray<Bf16> weights{kLayers * kLayerWeights}, gain{kHidden}, normed{kMaxTokens * kHidden},
      qkv{kMaxTokens * kQkv}, attended{kMaxTokens * kHidden}, activated{size_t{kMaxTokens} * kFfn};
  DeviceArray<float> residual{kMaxTokens * kHidden}, initial{kMaxTokens * kHidden},
      partials{size_t{16} * kMaxTokens * kQkv};
  DeviceArray<uint32_t> control{kLayers * kControlWords};
  DeviceArray<CUtensorMap> weight_maps{kLayers * kMatrices}, x_maps{3 * 129};
  int sms = multiprocessors();

  Model() {
    fill<<<4096, 256>>>(weights.get(), kLayers * kLayerWeights, 0.025f, 11);
    fill<<<16, 256>>>(gain.get(), kHidden, 1.0f, 12);
    for (Bf16* x : {normed.get(), attended.get()}) fill<<<256, 256>>>(x, kMaxTokens * kHidden, 1.7f, 13);
    fill<<<256, 256>>>(qkv.get(), kMaxTokens * kQkv, 1.7f, 13);
    fill<<<256, 256>>>(activated.get(), size_t{kMaxTokens} * kFfn, 1.0f, 14);
    fill<<<256, 256>>>(initial.get(), kMaxTokens * kHidden, 1.0f, 15);
    fill<<<256, 256>>>(residual.get(), kMaxTokens * kHidden, 1.0f, 15);
    CHECK(cudaDeviceSynchronize());
    std::vector<CUtensorMap> maps;
    for (int layer = 0; layer < kLayers; ++layer) {
      for (int m = 0; m < kMatrices; ++m) {
        maps.push_back(map_of(weight(layer, m), kMatrixShapes[m].k, kMatrixShapes[m].rows, 64));
      }
    }
    weight_maps.upload(maps);
    std::vector<CUtensorMap> xs(3 * 129);
    for (const int columns : {16, 32, 64, 128}) {
      xs[columns] = map_of(normed.get(), kHidden, kMaxTokens, columns);
      xs[129 + columns] = map_of(attended.get(), kHidden, kMaxTokens, columns);
      xs[258 + columns] = map_of(activated.get(), kFfn, kMaxTokens, columns);
    }
    x_maps.upload(xs);
  }

  const Bf16* weight(int layer, int matrix) const {
    const Bf16* w = weights.get() + layer * kLayerWeights;
    for (int m = 0; m < matrix; ++m) w += kMatrixShapes[m].weights();
    return w;
  }
  const CUtensorMap* map(int layer, int matrix) const { return weight_maps.get() + layer * kMatrices + matrix; }
};

// One token of each of `tokens` sequences of kContext tokens.
struct Attention {
  static constexpr Heads kHeads{8, 4, 128};
  int tokens, resident;
  size_t layer_elements;
  std::unique_ptr<DeviceArray<Bf16>> cache;
  std::unique_ptr<DeviceArray<int>> ids, work, counters, slots;
  std::unique_ptr<DeviceArray<float>> partials, rotation;

  Attention(int count, int blocks_per_sm) : tokens(count) {
    std::mt19937_64 random(7);
    const Layout layout(std::vector<SequenceShape>(count, {kContext, 1}), random);
    layer_elements = layout.blocks * kHeads.block_elements();
    cache = std::make_unique<DeviceArray<Bf16>>(layer_elements * kLayers);
    fill(cache->get(), layer_elements * kLayers * sizeof(Bf16));
    const auto plan = plan_decode(layout.sequences, layout.block_start, layout.query_start,
                                  {kHeads.kv_heads, multiprocessors(), blocks_per_sm, 0});
    resident = multiprocessors() * blocks_per_sm / kHeads.kv_heads;
    auto padded = plan.work;
    padded.resize(padded.size() + 400 * kRecord);
    ids = std::make_unique<DeviceArray<int>>(layout.block_ids);
    work = std::make_unique<DeviceArray<int>>(padded);
    partials = std::make_unique<DeviceArray<float>>(static_cast<size_t>(plan.slots + 1) * 32 * 132);
    counters = std::make_unique<DeviceArray<int>>(std::vector<int>((plan.slots + 1) * kHeads.kv_heads, 0));
    std::vector<int> places(count);
    for (int s = 0; s < count; ++s) {
      places[s] = layout.block_ids[layout.block_start[s] + (kContext - 1) / kPage] * kPage + (kContext - 1) % kPage;
    }
    slots = std::make_unique<DeviceArray<int>>(places);
    std::vector<float> table(static_cast<size_t>(count) * 128);
    for (size_t i = 0; i < table.size(); ++i) table[i] = i % 2 == 0 ? 0.8f : 0.6f;
    rotation = std::make_unique<DeviceArray<float>>(table);
  }

  void run(const Model& m, int layer, cudaStream_t stream, bool pdl) const {
    Bf16* pages = cache->get() + layer * layer_elements;
    launch(&penstock_qkv_prepare_bf16, dim3(tokens, 3), 128, 0, stream, pdl, m.qkv.get(), nullptr, nullptr, nullptr,
           1e-5f, reinterpret_cast<const float2*>(rotation->get()), slots->get(), pages, 32, 8, 128, 128, 0);
    launch(&penstock_attention_decode_bf16_d128, dim3(kHeads.kv_heads, resident), 128, 0, stream, pdl, m.attended.get(),
           m.qkv.get(), pages, ids->get(), work->get(), partials->get(), counters->get(), 32, 8, 0,
           1.0f / std::sqrt(128.0f));
  }
};

__global__ void restart(float4* residual, const float4* initial) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  residual[i] = initial[i];
}

inline void begin_step(const Model& m, cudaStream_t stream) {
  CHECK(cudaMemsetAsync(m.control.get(), 0, kLayers * kControlWords * 4, stream));
  restart<<<kMaxTokens * kHidden / 4 / 256, 256, 0, stream>>>(reinterpret_cast<float4*>(m.residual.get()),
                                                              reinterpret_cast<const float4*>(m.initial.get()));
}

// Layers 0 to 31 but for layer 0's first norm and product: what stands between one attention and the next, 32 times;
// the last time with layer 0's q, k and v.
class Today {
 public:
  Today(Model& model, int tokens) : m_(model), tokens_(tokens), products_(today_products(tokens)) {
#if defined(PENSTOCK_CUBLASLT)
    for (int matrix : {kQkvMatrix, kOMatrix, kDownMatrix}) {
      lt_[matrix] = std::make_unique<LtProduct>(kMatrixShapes[matrix].rows, kMatrixShapes[matrix].k, tokens,
                                                matrix != kQkvMatrix);
      us_[matrix] = lt_[matrix]->tune(kLayers, [&](int layer) { return model.weight(layer, matrix); }, x(matrix),
                                      out(matrix));
    }
    std::printf("      %3d tokens  cuBLASLt alone: qkv %.1f us, o %.1f, down %.1f\n", tokens, us_[kQkvMatrix],
                us_[kOMatrix], us_[kDownMatrix]);
#endif
  }

  void enqueue(const Attention* attention, cudaStream_t stream) const {
    begin_step(m_, stream);
    for (int layer = 0; layer < kLayers; ++layer) {
      if (attention != nullptr) attention->run(m_, layer, stream, true);
      product(kOMatrix, layer, stream);
      norm(stream);
      product(kGateUpMatrix, layer, stream);
      product(kDownMatrix, layer, stream);
      norm(stream);
      product(kQkvMatrix, (layer + 1) % kLayers, stream);
    }
  }

  void norm(cudaStream_t stream) const {
    launch(&penstock_rms_norm_bf16, dim3(tokens_), kHidden / 8, 0, stream, true, m_.normed.get(), m_.residual.get(),
           m_.gain.get(), kHidden, 1e-5f);
  }
  void product(int matrix, int layer, cudaStream_t stream) const {
#if defined(PENSTOCK_CUBLASLT)
    if (matrix != kGateUpMatrix) {
      lt_[matrix]->run(m_.weight(layer, matrix), x(matrix), out(matrix), stream);
      return;
    }
#endif
    const int operation = matrix == kQkvMatrix ? 0 : matrix == kGateUpMatrix ? 2 : 1;
    const int map = matrix == kOMatrix ? 129 : matrix == kDownMatrix ? 258 : 0;
    launch_today(products_, operation, out(matrix), m_.map(layer, matrix), m_.x_maps.get() + map + products_.columns,
                 tokens_, kMatrixShapes[matrix].rows / (operation == 2 ? 2 : 1), kMatrixShapes[matrix].k, m_.sms, stream,
                 true);
  }

 private:
  const Bf16* x(int matrix) const {
    return matrix == kOMatrix ? m_.attended.get() : matrix == kDownMatrix ? m_.activated.get() : m_.normed.get();
  }
  void* out(int matrix) const {
    return matrix == kQkvMatrix      ? static_cast<void*>(m_.qkv.get())
           : matrix == kGateUpMatrix ? static_cast<void*>(m_.activated.get())
                                     : static_cast<void*>(m_.residual.get());
  }
  Model& m_;
  int tokens_;
  TodayProducts products_;
#if defined(PENSTOCK_CUBLASLT)
  std::unique_ptr<LtProduct> lt_[kMatrices];
  double us_[kMatrices] = {};
#endif
};

struct Fused {
  LayerKernel kernel;
  Splits splits;
  int grid;

  void enqueue(const Model& m, int tokens, const Attention* attention, cudaStream_t stream) const {
    begin_step(m, stream);
    for (int layer = 0; layer < kLayers; ++layer) {
      if (attention != nullptr) attention->run(m, layer, stream, true);
      const auto x = [&](int map) { return m.x_maps.get() + map + kernel.columns; };
      LayerArguments a = {};
      a.o = {m.map(layer, kOMatrix), x(129), nullptr, kHidden, kHidden, splits.o};
      a.gate_up = {m.map(layer, kGateUpMatrix), x(0), nullptr, kFfn, kHidden, 1};
      a.down = {m.map(layer, kDownMatrix), x(258), nullptr, kHidden, kFfn, splits.down};
      a.qkv = {m.map((layer + 1) % kLayers, kQkvMatrix), x(0), nullptr, kQkv, kHidden, splits.qkv};
      a.residual = m.residual.get();
      a.post_gain = a.next_gain = m.gain.get();
      a.normed = m.normed.get();
      a.activated = m.activated.get();
      a.out = m.qkv.get();
      a.partials = m.partials.get();
      a.control = m.control.get() + layer * kControlWords;
      a.eps = 1e-5f;
      a.tokens = tokens;
      launch_layer(kernel, a, grid, stream, true);
    }
  }
};

}  // namespace lab
