package io.penstock.engine.backend.cuda;

import static io.penstock.engine.backend.cuda.GpuCheck.require;
import static io.penstock.engine.backend.cuda.GpuCheck.text;

import io.penstock.engine.backend.cuda.blas.CublasLt;
import io.penstock.engine.backend.cuda.blas.Gemm;
import io.penstock.engine.backend.cuda.blas.GemmType;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaGraph;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Products against a double-precision reference, in and out of graphs, before and after tuning. */
final class GemmChecks {
  private static final int[][] SHAPES = { // outputs, inputs, tokens
    {8, 8, 1}, {264, 520, 1}, {264, 520, 3}, {1000, 72, 17}, {64, 4104, 33}, {2048, 1024, 130}
  };

  private final GpuFixture gpu;
  private final Random random = new Random(11);

  GemmChecks(GpuFixture gpu) {
    this.gpu = gpu;
  }

  List<GpuCheck> all() {
    return List.of(
        new GpuCheck("products are right for all types and odd sizes", this::products),
        new GpuCheck("a product in a graph is right", this::inGraph),
        new GpuCheck("tuning keeps results right and is remembered", this::tuning));
  }

  private String products() {
    try (CublasLt blas = CublasLt.open(gpu.device, temporary())) {
      double worst = 0;
      for (int[] s : SHAPES) {
        for (GemmType type : GemmType.values()) {
          worst = Math.max(worst, product(blas, s[0], s[1], s[2], type, false));
          if (type.outputBytes() == 2) {
            worst = Math.max(worst, product(blas, s[0], s[1], s[2], type, true));
          }
        }
      }
      return text("cuBLASLt %s, largest relative error %.1e", blas.version(), worst);
    }
  }

  private double product(CublasLt blas, int rows, int k, int tokens, GemmType type, boolean bias) {
    Operands o = new Operands(rows, k, tokens, type, bias);
    try (DeviceMemory w = gpu.upload(o.w);
        DeviceMemory x = gpu.upload(o.x);
        DeviceMemory b = gpu.upload(o.bias);
        DeviceMemory out = gpu.allocate((long) rows * tokens * type.outputBytes())) {
      gpu.poison(out);
      Gemm gemm = blas.gemm(rows, k, tokens, type, bias);
      if (o.adds()) { // twice, to what is not zero the second time
        out.zero(gpu.stream);
        gemm.run(w.address(), x.address(), out.address(), 0, gpu.stream);
      }
      gemm.run(w.address(), x.address(), out.address(), bias ? b.address() : 0, gpu.stream);
      return o.verify(gpu, out);
    }
  }

  private String inGraph() {
    try (CublasLt blas = CublasLt.open(gpu.device, temporary())) {
      Operands o = new Operands(512, 2048, 24, GemmType.BF16, true);
      try (DeviceMemory w = gpu.upload(o.w);
          DeviceMemory x = gpu.upload(o.x);
          DeviceMemory b = gpu.upload(o.bias);
          DeviceMemory out = gpu.allocate(512L * 24 * 2)) {
        Gemm gemm = blas.gemm(512, 2048, 24, GemmType.BF16, true);
        try (CudaGraph graph =
            CudaGraph.capture(
                gpu.stream,
                () -> gemm.run(w.address(), x.address(), out.address(), b.address(), gpu.stream))) {
          gpu.poison(out);
          graph.launch(gpu.stream);
          return text("relative error %.1e", o.verify(gpu, out));
        }
      }
    }
  }

  private String tuning() {
    int rows = 4096;
    int k = 4096;
    StringBuilder found = new StringBuilder();
    Path folder = temporary();
    List<DeviceMemory> layers = new ArrayList<>();
    try (CublasLt blas = CublasLt.open(gpu.device, folder)) {
      for (int tokens : new int[] {1, 16, 64, 256, 2048}) {
        Operands o = new Operands(rows, k, tokens, GemmType.BF16, false);
        while (layers.size() < 6) { // 201 MB, four times the L2
          layers.add(gpu.upload(o.w));
        }
        DeviceMemory first = gpu.upload(o.w);
        layers.addFirst(first);
        long[] weights = layers.stream().mapToLong(DeviceMemory::address).toArray();
        try (DeviceMemory x = gpu.upload(o.x);
            DeviceMemory out = gpu.allocate((long) rows * tokens * 2)) {
          Gemm gemm = blas.gemm(rows, k, tokens, GemmType.BF16, false);
          double before = micros(gemm, weights, x, out);
          long begin = System.nanoTime();
          gemm.tune(weights, x.address(), out.address(), 0, gpu.stream, Duration.ofSeconds(2));
          double took = (System.nanoTime() - begin) / 1e6;
          require(gemm.tuned(), "not tuned");
          double after = micros(gemm, weights, x, out);
          gpu.poison(out);
          gemm.run(first.address(), x.address(), out.address(), 0, gpu.stream);
          double error = o.verify(gpu, out);
          found.append(
              text(
                  "%n      4096x4096, %4d tokens: first choice %6.1f us, tuned %6.1f us (%.2f TB/s"
                      + " of weights, %.0f TFLOP/s), tuning took %.0f ms, error %.1e",
                  tokens,
                  before,
                  after,
                  2e-6 * rows * k / after,
                  2e-6 * rows * k * tokens / after,
                  took,
                  error));
        }
        layers.removeFirst().close();
      }
      blas.saveAlgorithms();
    } finally {
      layers.forEach(DeviceMemory::close);
    }
    try (CublasLt next = CublasLt.open(gpu.device, folder)) {
      require(next.gemm(rows, k, 64, GemmType.BF16, false).tuned(), "forgotten on disk");
      require(!next.gemm(rows, k, 65, GemmType.BF16, false).tuned(), "65 was never measured");
    }
    return found.toString();
  }

  /** Of one product among many in a graph. */
  private double micros(Gemm gemm, long[] weights, DeviceMemory x, DeviceMemory out) {
    gemm.run(weights[0], x.address(), out.address(), 0, gpu.stream);
    int runs = 56;
    try (CudaGraph graph =
            CudaGraph.capture(
                gpu.stream,
                () -> {
                  for (int i = 0; i < runs; i++) {
                    long w = weights[i % weights.length];
                    gemm.run(w, x.address(), out.address(), 0, gpu.stream);
                  }
                });
        CudaEvent start = CudaEvent.create(gpu.device);
        CudaEvent end = CudaEvent.create(gpu.device)) {
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 5; i++) {
        start.record(gpu.stream);
        graph.launch(gpu.stream);
        end.record(gpu.stream);
        end.synchronize(Duration.ofSeconds(30));
        best = Math.min(best, end.elapsedMillis(start) * 1e3 / runs);
      }
      return best;
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("penstock-gemm-");
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Random operands as stored, and what their product is. */
  private final class Operands {
    final int rows;
    final int k;
    final int tokens;
    final GemmType type;
    final boolean withBias;
    final short[] w;
    final short[] x;
    final short[] bias;

    Operands(int rows, int k, int tokens, GemmType type, boolean withBias) {
      this.rows = rows;
      this.k = k;
      this.tokens = tokens;
      this.type = type;
      this.withBias = withBias;
      w = gaussian(rows * k, 1 / Math.sqrt(k));
      x = gaussian(tokens * k, 1);
      bias = gaussian(rows, 1);
    }

    private boolean half() {
      return type == GemmType.F16 || type == GemmType.F16_TO_F32 || type == GemmType.F16_ADD_F32;
    }

    boolean adds() {
      return type == GemmType.BF16_ADD_F32 || type == GemmType.F16_ADD_F32;
    }

    private short[] gaussian(int count, double scale) {
      short[] out = new short[count];
      for (int i = 0; i < count; i++) {
        float value = (float) (random.nextGaussian() * scale);
        out[i] =
            half() ? Float.floatToFloat16(value) : (short) (Float.floatToRawIntBits(value) >>> 16);
      }
      return out;
    }

    private float value(short bits) {
      return half() ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }

    /** The relative error over a sample of outputs, the first and last ones among them. */
    double verify(GpuFixture gpu, DeviceMemory out) {
      int count = rows * tokens;
      float[] actual = new float[count];
      if (type.outputBytes() == 4) {
        actual = gpu.floats(out, count);
      } else {
        short[] bits = gpu.shorts(out, count);
        for (int i = 0; i < count; i++) {
          actual[i] = value(bits[i]);
        }
      }
      double error = 0;
      double norm = 0;
      int samples = Math.min(count, 4000);
      for (int s = 0; s < samples; s++) {
        int i = count == samples ? s : s == 0 ? 0 : s == 1 ? count - 1 : random.nextInt(count);
        double expected = reference(i / rows, i % rows);
        error += (actual[i] - expected) * (actual[i] - expected);
        norm += expected * expected;
      }
      double relative = Math.sqrt(error / norm);
      double limit = type.outputBytes() == 4 ? 1e-5 : half() ? 5e-4 : 4e-3;
      require(
          relative < limit, // false for a NaN too
          "(%d, %d) x %d tokens, %s%s: relative error %g",
          rows,
          k,
          tokens,
          type,
          withBias ? " with bias" : "",
          relative);
      return relative;
    }

    private double reference(int token, int row) {
      double sum = withBias ? value(bias[row]) : 0;
      for (int i = 0; i < k; i++) {
        sum += (double) value(w[row * k + i]) * value(x[token * k + i]);
      }
      return adds() ? 2 * sum : sum;
    }
  }
}
