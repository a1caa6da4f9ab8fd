package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeLayerPlan.Shape;
import io.penstock.engine.backend.cuda.DecodeLayerProducts.Operands;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the kernel of a whole decoder layer compete with the kernels of its parts at load, on the
 * model's weights. What was measured once is known afterwards. To be called when those have been
 * chosen and before a step is recorded.
 */
final class DecodeLayerTuning {
  private static final Logger log = LoggerFactory.getLogger(DecodeLayerTuning.class);

  /** What one kernel must save: beside attention, with which it overlaps less, it saves less. */
  private static final float MARGIN = 0.97f;

  private static final int MOST_RUNS = 16;
  private static final int REPEATS = 3;

  private final Gpu gpu;
  private final DecodeLayerProducts products;
  private final DecodeLayer layer;
  private final MatrixProducts parts;
  private final KernelChoices choices;
  private final ProductTimer timer;

  private enum Way {
    APART,
    TOGETHER
  }

  /** A layer's matrices. */
  record Matrices(CudaMatrix qkv, CudaMatrix o, CudaMatrix gateUp, CudaMatrix down) {
    private Shape shape() {
      return new Shape(o.rows(), o.k(), gateUp.rows() / 2, qkv.rows());
    }

    private boolean fit(int hidden) {
      return o.rows() == hidden
          && down.rows() == hidden
          && gateUp.k() == hidden
          && qkv.k() == hidden
          && down.k() == gateUp.rows() / 2
          && gateUp.bias() == null;
    }
  }

  /** Activations of nobody. */
  private record Scratch(
      CudaResidual residual, CudaBuffer attended, CudaBuffer activated, CudaBuffer qkv) {}

  DecodeLayerTuning(
      Gpu gpu,
      DecodeLayerProducts products,
      DecodeLayer layer,
      MatrixProducts parts,
      KernelChoices choices) {
    this.gpu = gpu;
    this.products = products;
    this.layer = layer;
    this.parts = parts;
    this.choices = choices;
    this.timer = new ProductTimer(gpu, REPEATS);
  }

  /**
   * @param layers in their order
   * @param hidden columns of the residual stream
   * @param maxTokens most tokens of a step
   */
  void choose(List<Matrices> layers, int hidden, int maxTokens) {
    int most = Math.min(DecodeLayerPlan.MAX_TOKENS, maxTokens);
    if (layers.isEmpty() || !layers.stream().allMatch(matrices -> matrices.fit(hidden))) {
      return;
    }
    Shape shape = layers.getFirst().shape();
    boolean same = layers.stream().allMatch(matrices -> matrices.shape().equals(shape));
    if (!same || products.plan(shape, most).isEmpty()) {
      return;
    }
    int[] counts =
        Arrays.stream(TokenBuckets.upTo(most))
            .filter(tokens -> !GemvKernels.covers(shape.qkv(), hidden, tokens))
            .toArray();
    products.reserve(shape, TokenBuckets.of(most));
    int[] open = Arrays.stream(counts).filter(tokens -> known(shape, tokens).isEmpty()).toArray();
    if (open.length > 0) {
      measure(layers, shape, hidden, open);
    }
    boolean any = false;
    for (int tokens : counts) {
      if (known(shape, tokens).orElse(Way.APART) == Way.TOGETHER) {
        layer.choose(tokens);
        any = true;
      }
    }
    if (!any) {
      products.release();
    }
  }

  private Optional<Way> known(Shape shape, int tokens) {
    return choices.find(product(shape, tokens), Way.class);
  }

  private String product(Shape shape, int tokens) {
    return "layer %d of %d, %d, %d and %d, %d tokens"
        .formatted(
            products.launchesOfStep(),
            shape.hidden(),
            shape.attended(),
            shape.ffn(),
            shape.qkv(),
            tokens);
  }

  private void measure(List<Matrices> layers, Shape shape, int hidden, int[] counts) {
    int rows = counts[counts.length - 1];
    try (DeviceMemory sum = memory(rows, hidden, Float.BYTES);
        DeviceMemory delta = memory(rows, hidden, ElementType.BYTES);
        DeviceMemory normed = memory(rows, hidden, ElementType.BYTES);
        DeviceMemory attended = memory(rows, shape.attended(), ElementType.BYTES);
        DeviceMemory activated = memory(rows, shape.ffn(), ElementType.BYTES);
        DeviceMemory qkv = memory(rows, shape.qkv(), ElementType.BYTES)) {
      // Numbers as they come in use: zeros draw less power and run faster.
      CudaMatrix random = layers.getFirst().o();
      long bytes = Math.min(attended.bytes(), random.bytes());
      Copies.deviceToDevice(attended.address(), random.address(), bytes, gpu.stream());
      Scratch scratch =
          new Scratch(
              new CudaResidual(
                  buffer(sum, rows, hidden, Float.BYTES),
                  buffer(delta, rows, hidden, ElementType.BYTES),
                  buffer(normed, rows, hidden, ElementType.BYTES)),
              buffer(attended, rows, shape.attended(), ElementType.BYTES),
              buffer(activated, rows, shape.ffn(), ElementType.BYTES),
              buffer(qkv, rows, shape.qkv(), ElementType.BYTES));
      for (int tokens : counts) {
        compare(layers, scratch, tokens);
      }
      gpu.stream().synchronize();
    } finally {
      products.forgetInputs();
      parts.forgetInputs();
    }
  }

  private void compare(List<Matrices> layers, Scratch scratch, int tokens) {
    int runs = Math.min(MOST_RUNS, products.launchesOfStep());
    float apart =
        timer.micros(runs, i -> byParts(at(layers, i), at(layers, i + 1), scratch, tokens));
    IntConsumer whole =
        i -> {
          if (i == 0) {
            products.beginStep();
          }
          products.launch(operands(at(layers, i), at(layers, i + 1), scratch), i, tokens);
        };
    float together = timer.micros(runs, whole);
    Way way = together < MARGIN * apart ? Way.TOGETHER : Way.APART;
    choices.put(product(layers.getFirst().shape(), tokens), way);
    log.debug("a layer in one kernel, {} tokens: {} us, in several {} us", tokens, together, apart);
  }

  private void byParts(Matrices layer, Matrices next, Scratch on, int tokens) {
    long gain = layer.o().address(); // any numbers
    parts.linearAdd(layer.o(), on.attended(), on.residual(), tokens);
    parts.normGatedLinear(on.residual(), gain, 1e-5f, layer.gateUp(), on.activated(), tokens);
    parts.linearAdd(layer.down(), on.activated(), on.residual(), tokens);
    parts.normLinear(on.residual(), gain, 1e-5f, next.qkv(), on.qkv().address(), tokens);
  }

  private static Operands operands(Matrices layer, Matrices next, Scratch on) {
    long gain = layer.o().address();
    return new Operands(
        layer.o(),
        on.attended(),
        layer.gateUp(),
        layer.down(),
        on.activated(),
        on.residual(),
        gain,
        1e-5f,
        next.qkv(),
        gain,
        on.qkv().address());
  }

  private static Matrices at(List<Matrices> layers, int index) {
    return layers.get(index % layers.size());
  }

  /** Zeros, not counted as what the backend uses: free again when the cache is allocated. */
  private DeviceMemory memory(int rows, int columns, int elementBytes) {
    long bytes = (long) rows * columns * elementBytes;
    DeviceMemory memory = DeviceMemory.allocate(gpu.device(), bytes);
    memory.zero(gpu.stream());
    return memory;
  }

  private static CudaBuffer buffer(DeviceMemory memory, int rows, int columns, int elementBytes) {
    return new CudaBuffer(memory, rows, columns, columns, elementBytes);
  }
}
