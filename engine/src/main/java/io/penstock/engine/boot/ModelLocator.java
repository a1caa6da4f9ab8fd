package io.penstock.engine.boot;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.hub.HubClient;
import io.penstock.engine.hub.HubSettings;
import io.penstock.engine.hub.ModelRef;
import io.penstock.engine.nullmodel.NullModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Finds a model's files, on disk or on the Hugging Face hub. */
public final class ModelLocator {
  private ModelLocator() {}

  /**
   * @param reference a directory, a GGUF file, or a model on the hub ({@code
   *     org/name[@revision][:file.gguf]}), whose files are fetched when the local cache lacks them;
   *     what exists on disk goes first
   * @param progress told of the download, one stage for each file
   * @return the directory or GGUF file; a reference to no files ({@link NullModel}) as it is
   * @throws ModelLoadException when there is no such file and no such model
   */
  public static Path resolve(String reference, LoadProgress progress) {
    return resolve(reference, System.getenv(), progress);
  }

  /**
   * @param environment {@code HF_HOME}, {@code HF_TOKEN} and the like
   */
  static Path resolve(String reference, Map<String, String> environment, LoadProgress progress) {
    Path path = Path.of(reference);
    if (Files.exists(path) || NullModel.isAt(path)) {
      return path;
    }
    ModelRef ref =
        ModelRef.tryParse(reference)
            .filter(_ -> !isPathLike(reference))
            .orElseThrow(
                () ->
                    new ModelLoadException(
                        path.toAbsolutePath().normalize(), "there is no such file or directory"));
    return new HubClient(HubSettings.from(environment)).fetch(ref, progress::at);
  }

  /** A misspelt path to a file must not be looked for on the hub. */
  private static boolean isPathLike(String reference) {
    return reference.endsWith(".gguf") && !reference.contains(":");
  }
}
