package io.penstock.engine.model;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.Matrix;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.weights.TensorFiles;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/** Brings named tensors onto a backend, checking their shapes, and counts the bytes. */
final class WeightLoader {
  private final Backend backend;
  private final TensorFiles checkpoint;
  private final LongConsumer progress;
  private long loadedBytes;

  WeightLoader(Backend backend, TensorFiles checkpoint, LongConsumer progress) {
    this.backend = backend;
    this.checkpoint = checkpoint;
    this.progress = progress;
  }

  boolean has(String tensor) {
    return checkpoint.has(tensor);
  }

  /** A vector of {@code size}, as (1, size). */
  DeviceBuffer vector(String tensor, int size) {
    DeviceBuffer vector = backend.loadVector(view(tensor, 1, size));
    progress.accept(loadedBytes);
    return vector;
  }

  /** A matrix without bias. */
  Matrix matrix(String tensor, int outputs, int inputs) {
    return load(List.of(view(tensor, outputs, inputs)), List.of());
  }

  /**
   * Linear layers of the same input stacked into one.
   *
   * @param layers names without {@code .weight}; {@code .bias} is loaded where it exists
   * @param outputs rows of each
   */
  Matrix linear(List<String> layers, int[] outputs, int inputs) {
    Parts parts = parts(layers, outputs, inputs);
    return load(parts.weights(), parts.biases());
  }

  /**
   * The same, where outputs of all layers but the last are rotated; they are reordered if the
   * backend cannot rotate them as the checkpoint stores them.
   */
  Matrix rotatedLinear(List<String> layers, int[] outputs, int inputs, ModelConfig config) {
    Parts parts = parts(layers, outputs, inputs);
    if (!config.rope().interleaved() || backend.rotatesInterleaved()) {
      return load(parts.weights(), parts.biases());
    }
    if (config.qkNorm()) {
      throw new ModelLoadException(
          checkpoint.location(), "interleaved rotation with q and k norms is not supported");
    }
    try (Arena arena = Arena.ofShared()) {
      Matrix matrix =
          load(
              halves(parts.weights(), config.headDim(), arena),
              halves(parts.biases(), config.headDim(), arena));
      backend.finishLoading();
      return matrix;
    }
  }

  /** Waits until everything is loaded. */
  void finish() {
    backend.finishLoading();
    progress.accept(loadedBytes);
  }

  private static List<TensorView> halves(List<TensorView> parts, int headDim, Arena arena) {
    List<TensorView> ordered = new ArrayList<>(parts);
    for (int i = 0; i + 1 < parts.size(); i++) {
      ordered.set(i, RotationOrder.halves(parts.get(i), headDim, arena));
    }
    return ordered;
  }

  private record Parts(List<TensorView> weights, List<TensorView> biases) {}

  private Parts parts(List<String> layers, int[] outputs, int inputs) {
    List<TensorView> weights = new ArrayList<>();
    List<TensorView> biases = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      weights.add(view(layers.get(i) + ".weight", outputs[i], inputs));
      if (checkpoint.has(layers.get(i) + ".bias")) {
        biases.add(view(layers.get(i) + ".bias", 1, outputs[i]));
      }
    }
    if (!biases.isEmpty() && biases.size() < layers.size()) {
      throw new ModelLoadException(
          checkpoint.location(),
          "of %s only some have a bias; all or none must have one".formatted(layers));
    }
    return new Parts(weights, biases);
  }

  private Matrix load(List<TensorView> weights, List<TensorView> biases) {
    Matrix matrix = backend.loadMatrix(weights, biases);
    progress.accept(loadedBytes);
    return matrix;
  }

  private TensorView view(String name, int rows, int columns) {
    TensorView tensor = checkpoint.tensor(name);
    if (tensor.rows() != rows || tensor.columns() != columns) {
      throw new ModelLoadException(
          checkpoint.location(),
          "tensor %s has shape %s, the configuration says %s"
              .formatted(
                  name,
                  Arrays.toString(new int[] {tensor.rows(), tensor.columns()}),
                  Arrays.toString(new int[] {rows, columns})));
    }
    loadedBytes += tensor.data().byteSize();
    return tensor;
  }
}
