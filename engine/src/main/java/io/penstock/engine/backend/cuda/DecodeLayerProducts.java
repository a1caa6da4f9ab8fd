package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeLayerPlan.Shape;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Launches the kernel that computes everything of a decoder layer between two attentions: the
 * stream of weights from memory does not stop between its products, as it does between kernels.
 */
final class DecodeLayerProducts {
  private final Gpu gpu;
  private final int layers;
  private final TensorMaps weightMaps;
  private final Map<Integer, TensorMaps> inputMaps = new HashMap<>(); // by tokens of a box
  private final Map<String, KernelFunction> kernels = new HashMap<>();
  private DeviceMemory control; // CONTROL_BYTES for each launch of a step
  private DeviceMemory partials;

  /**
   * Operands of a launch.
   *
   * @param attended (tokens, attended): what attention gave
   * @param activated (tokens, ffn): written
   * @param postGain (hidden): of the norm behind the output projection
   * @param qkv of the next layer, or null behind the last
   * @param nextGain (hidden): of the norm before it, or 0
   * @param out (tokens, qkv): written, or 0
   */
  record Operands(
      CudaMatrix o,
      CudaBuffer attended,
      CudaMatrix gateUp,
      CudaMatrix down,
      CudaBuffer activated,
      CudaResidual residual,
      long postGain,
      float eps,
      CudaMatrix qkv,
      long nextGain,
      long out) {}

  /**
   * @param layers most launches of a step
   */
  DecodeLayerProducts(Gpu gpu, int layers) {
    this.gpu = gpu;
    this.layers = layers;
    this.weightMaps = new TensorMaps(gpu, DecodeLayerPlan.WEIGHT_BOX_ROWS);
  }

  Optional<DecodeLayerPlan> plan(Shape shape, int tokens) {
    return DecodeLayerPlan.of(
        shape, tokens, gpu.device().computeCapability(), gpu.device().smCount());
  }

  /** Makes room for launches of up to {@code tokens} tokens, once for all of them. */
  void reserve(Shape shape, int tokens) {
    control = gpu.allocateZeroed((long) layers * DecodeLayerPlan.CONTROL_BYTES);
    partials = gpu.allocate(plan(shape, tokens).orElseThrow().partialBytes(shape, tokens));
  }

  /** Frees what {@link #reserve} took; nothing may be under way. */
  void release() {
    control.close();
    partials.close();
    control = null;
    partials = null;
  }

  /** Before the first launch of a step, and at least one kernel before it. */
  void beginStep() {
    control.zero(gpu.stream());
  }

  int launchesOfStep() {
    return layers;
  }

  /**
   * @param index of the launch in its step
   */
  void launch(Operands on, int index, int tokens) {
    CudaResidual residual = on.residual();
    Shape shape = shapeOf(on);
    DecodeLayerPlan plan = plan(shape, tokens).orElseThrow();
    TensorMaps inputs =
        inputMaps.computeIfAbsent(plan.columns(), columns -> new TensorMaps(gpu, columns));
    gpu.launch(
        gpu.arguments()
            .add(residual.sum())
            .add(residual.normed())
            .add(on.activated().address())
            .add(on.out())
            .add(partials.address())
            .add(control.address() + (long) index * DecodeLayerPlan.CONTROL_BYTES)
            .add(weightMaps.addressOf(on.o().buffer()))
            .add(inputs.addressOf(on.attended()))
            .add(on.o().biasAddress())
            .add(weightMaps.addressOf(on.gateUp().buffer()))
            .add(inputs.addressOf(residual.normedBuffer()))
            .add(weightMaps.addressOf(on.down().buffer()))
            .add(inputs.addressOf(on.activated()))
            .add(on.down().biasAddress())
            .add(on.qkv() == null ? 0L : weightMaps.addressOf(on.qkv().buffer()))
            .add(on.qkv() == null ? 0L : on.qkv().biasAddress())
            .add(on.postGain())
            .add(on.nextGain())
            .add(on.eps())
            .add(tokens)
            .add(shape.hidden())
            .add(shape.attended())
            .add(shape.ffn())
            .add(shape.qkv())
            .add(plan.oSplits())
            .add(plan.downSplits())
            .add(plan.qkvPieces()),
        kernels.computeIfAbsent(
            gpu.typed("penstock_decode_layer") + plan.suffix(),
            symbol -> gpu.kernel(symbol, plan.sharedBytes())),
        plan.blocks(),
        1,
        DecodeLayerPlan.BLOCK,
        plan.sharedBytes());
  }

  private static Shape shapeOf(Operands on) {
    int qkv = on.qkv() == null ? 0 : on.qkv().rows();
    return new Shape(on.o().rows(), on.o().k(), on.gateUp().rows() / 2, qkv);
  }

  /** Drops the maps of activations that are freed after tuning. */
  void forgetInputs() {
    inputMaps.values().forEach(TensorMaps::clear);
  }
}
