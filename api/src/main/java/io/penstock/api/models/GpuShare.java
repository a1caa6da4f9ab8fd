package io.penstock.api.models;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.SettingException;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a model goes if it goes to a GPU.
 *
 * @param device which one, as CUDA counts
 * @param memoryUtilization share of its memory that the model may use
 */
record GpuShare(int device, double memoryUtilization) {
  private static final double ROUNDING = 1e-9;

  /**
   * One for each model.
   *
   * @param devices one for all, or one for each
   * @param utilizations none, one for all, or one for each
   * @throws SettingException when the numbers do not match, or a GPU is given away more than once
   */
  static List<GpuShare> of(int models, List<Integer> devices, List<Double> utilizations) {
    List<Integer> ordinals = forEach(models, devices, "device");
    List<Double> shares =
        utilizations.isEmpty()
            ? evenly(ordinals)
            : forEach(models, utilizations, "gpu-memory-utilization");
    List<GpuShare> gpus =
        IntStream.range(0, models)
            .mapToObj(i -> new GpuShare(ordinals.get(i), shares.get(i)))
            .toList();
    ordinals.stream().distinct().forEach(ordinal -> requireRoom(ordinal, gpus));
    return gpus;
  }

  private static <T> List<T> forEach(int models, List<T> values, String name) {
    if (values.size() == 1) {
      return Collections.nCopies(models, values.getFirst());
    }
    if (values.size() != models) {
      throw new SettingException(
          "penstock.%s has %d values for %d models; give one for all, or one for each model in the order of penstock.model."
              .formatted(name, values.size(), models));
    }
    return values;
  }

  private static List<Double> evenly(List<Integer> ordinals) {
    return ordinals.stream()
        .map(
            ordinal ->
                PenstockProperties.DEFAULT_GPU_SHARE / Collections.frequency(ordinals, ordinal))
        .toList();
  }

  private static void requireRoom(int ordinal, List<GpuShare> gpus) {
    List<GpuShare> here = gpus.stream().filter(gpu -> gpu.device == ordinal).toList();
    double sum = here.stream().mapToDouble(GpuShare::memoryUtilization).sum();
    if (sum > 1 + ROUNDING) {
      throw new SettingException(
          "The %d models on GPU %d would use %.2f of its memory. Give each a smaller penstock.gpu-memory-utilization, such as %.2f, or move some to another GPU with penstock.device; without the setting they share evenly."
              .formatted(
                  here.size(),
                  ordinal,
                  sum,
                  Math.floor(100 * PenstockProperties.DEFAULT_GPU_SHARE / here.size()) / 100));
    }
  }
}
