package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.measured.MeasuredFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which of several kernels computes a product fastest, as measured on a model's shapes, on disk:
 * one file for a kind of GPU, a version of cuBLASLt and a build of our kernels, as any of them may
 * change who wins.
 */
final class KernelChoices {
  private static final String TITLE = "# kernels chosen by measurement; safe to delete";

  private final MeasuredFile<String> file;

  private KernelChoices(MeasuredFile<String> file) {
    this.file = file;
  }

  /**
   * Reads what an earlier process stored.
   *
   * @param gpu name of the GPU
   * @param capability compute capability, such as 9.0
   * @param library version of cuBLASLt, such as 13.1.0
   * @param kernels of this build, such as a checksum
   * @param type of the elements
   */
  static KernelChoices open(
      Path folder, String gpu, String capability, String library, String kernels, String type) {
    List<String> header =
        List.of(
            TITLE,
            "gpu=" + gpu,
            "capability=" + capability,
            "cublaslt=" + library,
            "kernels=" + kernels,
            "type=" + type);
    String name = "kernels-%s-%s-%s.txt".formatted(kernels, type, MeasuredFile.slug(gpu));
    return new KernelChoices(MeasuredFile.open(folder.resolve(name), header, text -> text));
  }

  /** What was chosen, if it is one of {@code E}. */
  <E extends Enum<E>> Optional<E> find(String product, Class<E> kind) {
    return file.find(product)
        .flatMap(
            name ->
                List.of(kind.getEnumConstants()).stream()
                    .filter(constant -> constant.name().equals(name))
                    .findFirst());
  }

  /**
   * @param product names the product, its shape and its number of tokens, without an equals sign
   */
  void put(String product, Enum<?> choice) {
    file.put(product, choice.name());
  }

  void save() {
    file.save();
  }
}
