// cuBLASLt as the engine uses it: out (tokens, rows) = x w^T in bf16, by the fastest of the library's candidates. The
// library is opened by name, so that a machine with a driver and a compiler alone builds this.
#pragma once

#include <dlfcn.h>

#include <cstdint>

#include "check.cuh"
#include "graph.cuh"

namespace lab {

class CublasLt {
 public:
  static constexpr size_t kWorkspace = size_t{64} << 20;

  // An algorithm and what its library says of it.
  struct Candidate {
    unsigned char algorithm[64];
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
  };
  static_assert(sizeof(Candidate) == 96, "cublasLtMatmulHeuristicResult_t");

  CublasLt() {
    for (const char* name : {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"}) {
      if (library_ == nullptr) library_ = dlopen(name, RTLD_NOW);
    }
    if (library_ == nullptr) {
      std::printf("cuBLASLt cannot be opened: %s\n", dlerror());
      std::exit(2);
    }
    check("Create", call<int(void**)>("cublasLtCreate")(&handle_));
    check("PreferenceCreate", call<int(void**)>("cublasLtMatmulPreferenceCreate")(&preference_));
    prefer(1, kWorkspace);
    prefer(3, uint32_t{2});  // parts are added in the compute type
    for (int attribute = 5; attribute <= 8; ++attribute) prefer(attribute, uint32_t{16});
    CHECK(cudaMalloc(&workspace_, kWorkspace));
    matmul_ = call<Matmul>("cublasLtMatmul");
  }
  ~CublasLt() { cudaFree(workspace_); }
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;

  // A product of a shape. With `adds` out is float32 and x w^T is added to it.
  class Product {
   public:
    Product(CublasLt& blas, int rows, int k, int tokens, bool adds) : blas_(blas), adds_(adds) {
      const auto layout = [&](void** to, int type, uint64_t r, uint64_t c) {
        check("LayoutCreate", blas.call<int(void**, int, uint64_t, uint64_t, int64_t)>("cublasLtMatrixLayoutCreate")(
                                  to, type, r, c, static_cast<int64_t>(r)));
      };
      constexpr int kFloat = 0, kBfloat = 14, kSumInFloat = 68, kTransposeA = 3, kTransposed = 1;
      check("DescCreate", blas.call<int(void**, int, int)>("cublasLtMatmulDescCreate")(&desc_, kSumInFloat, kFloat));
      const int transposed = kTransposed;
      check("DescSet", blas.call<int(void*, int, const void*, size_t)>("cublasLtMatmulDescSetAttribute")(
                           desc_, kTransposeA, &transposed, sizeof transposed));
      layout(&w_, kBfloat, k, rows);
      layout(&x_, kBfloat, k, tokens);
      layout(&out_, adds ? kFloat : kBfloat, rows, tokens);
    }

    std::vector<Candidate> candidates(int most) {
      std::vector<Candidate> found(most);
      int count = 0;
      blas_.call<int(void*, void*, void*, void*, void*, void*, void*, int, Candidate*, int*)>(
          "cublasLtMatmulAlgoGetHeuristic")(blas_.handle_, desc_, w_, x_, out_, out_, blas_.preference_, most,
                                            found.data(), &count);
      found.resize(count);
      return found;
    }

    int run(const Candidate& candidate, const void* w, const void* x, void* out, cudaStream_t stream) const {
      const float one = 1, beta = adds_ ? 1 : 0;
      return blas_.matmul_(blas_.handle_, desc_, &one, w, w_, x, x_, &beta, out, out_, out, out_,
                           &candidate.algorithm, blas_.workspace_, kWorkspace, stream);
    }

    // Keeps the fastest of up to `most` candidates, each run a few times.
    void choose(int most, const void* w, const void* x, void* out) {
      double best = 1e30;
      for (const Candidate& c : candidates(most)) {
        if (c.state != 0 || run(c, w, x, out, nullptr) != 0) continue;
        CHECK(cudaDeviceSynchronize());
        const double ms = graph_ms(2, 4, [&](int, cudaStream_t s) { run(c, w, x, out, s); });
        if (ms < best) best = ms, chosen_ = c;
      }
      if (best == 1e30) {
        std::printf("cuBLASLt has no algorithm\n");
        std::exit(2);
      }
    }

    void run(const void* w, const void* x, void* out, cudaStream_t stream) const {
      check("Matmul", run(chosen_, w, x, out, stream));
    }

   private:
    CublasLt& blas_;
    bool adds_;
    void *desc_ = nullptr, *w_ = nullptr, *x_ = nullptr, *out_ = nullptr;
    Candidate chosen_ = {};
  };

 private:
  using Matmul = int(void*, void*, const void*, const void*, void*, const void*, void*, const void*, const void*, void*,
                     void*, void*, const void*, void*, size_t, cudaStream_t);

  static void check(const char* what, int status) {
    if (status != 0) {
      std::printf("cuBLASLt: %s fails with %d\n", what, status);
      std::exit(2);
    }
  }

  template <typename F>
  F* call(const char* name) const {
    void* function = dlsym(library_, name);
    if (function == nullptr) {
      std::printf("cuBLASLt has no %s\n", name);
      std::exit(2);
    }
    return reinterpret_cast<F*>(function);
  }

  template <typename V>
  void prefer(int attribute, V value) {
    check("PreferenceSet", call<int(void*, int, const void*, size_t)>("cublasLtMatmulPreferenceSetAttribute")(
                               preference_, attribute, &value, sizeof value));
  }

  void* library_ = nullptr;
  void* handle_ = nullptr;
  void* preference_ = nullptr;
  void* workspace_ = nullptr;
  Matmul* matmul_ = nullptr;
};

}  // namespace lab
