package io.penstock.api.models;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.error.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Models that lie beside the configured ones, so that they can be chosen and need not be typed. */
@Component
class LocalModels {
  private static final int MOST = 200;

  private final PenstockProperties properties;

  LocalModels(PenstockProperties properties) {
    this.properties = properties;
  }

  /** GGUF files, and directories with a {@code config.json}. */
  List<String> references() {
    Set<String> found = new TreeSet<>();
    for (String entry : properties.model()) {
      Path path = existing(ModelSpec.parse(entry).reference());
      Path folder = path == null ? null : path.toAbsolutePath().getParent();
      if (folder != null) {
        found.addAll(in(folder));
      }
    }
    return new ArrayList<>(found);
  }

  private static List<String> in(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file ->
                  file.getFileName().toString().endsWith(".gguf")
                      || Files.isRegularFile(file.resolve("config.json")))
          .limit(MOST)
          .map(Path::toString)
          .toList();
    } catch (IOException _) { // then there is nothing to choose from
      return List.of();
    }
  }

  /**
   * @throws ApiException 400 when there is no such file
   */
  static Path require(String reference) {
    Path path = existing(reference);
    if (path == null) {
      throw ApiException.invalid(
          "reference",
          "There is no file or directory '%s' on this server; what has to be fetched is planned when it is there."
              .formatted(reference));
    }
    return path;
  }

  private static Path existing(String reference) {
    try {
      Path path = Path.of(reference);
      return Files.exists(path) ? path : null;
    } catch (InvalidPathException _) {
      return null;
    }
  }
}
