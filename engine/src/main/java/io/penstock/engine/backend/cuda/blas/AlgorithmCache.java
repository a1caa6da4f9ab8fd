package io.penstock.engine.backend.cuda.blas;

import io.penstock.engine.backend.cuda.measured.MeasuredFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The algorithms that were measured, on disk: one file for a kind of GPU and a version of cuBLASLt,
 * with a line for each shape.
 */
final class AlgorithmCache {
  private static final String TITLE = "# cuBLASLt algorithms by measurement; safe to delete";

  /**
   * What the choices hold for.
   *
   * @param gpu name of the GPU
   * @param capability compute capability, such as 9.0
   * @param library version of cuBLASLt, such as 130100
   */
  record Identity(String gpu, String capability, long library) {
    String fileName() {
      return "cublaslt-%d-%s.txt".formatted(library, MeasuredFile.slug(gpu));
    }

    List<String> header() {
      return List.of(TITLE, "gpu=" + gpu, "capability=" + capability, "cublaslt=" + library);
    }
  }

  private final MeasuredFile<Algorithm> file;

  private AlgorithmCache(MeasuredFile<Algorithm> file) {
    this.file = file;
  }

  /** Reads what an earlier process stored. */
  static AlgorithmCache open(Path folder, Identity identity) {
    return new AlgorithmCache(
        MeasuredFile.open(
            folder.resolve(identity.fileName()), identity.header(), Algorithm::parse));
  }

  Optional<Algorithm> find(GemmShape shape) {
    return file.find(shape.key());
  }

  void put(GemmShape shape, Algorithm algorithm) {
    file.put(shape.key(), algorithm);
  }

  /** Forgets a choice that the library refused. */
  void remove(GemmShape shape) {
    file.remove(shape.key());
  }

  int size() {
    return file.size();
  }

  /** Writes the file if there is something new; failing to is logged, not an error. */
  void save() {
    file.save();
  }
}
