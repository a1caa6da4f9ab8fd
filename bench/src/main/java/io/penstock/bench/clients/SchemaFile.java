package io.penstock.bench.clients;

import io.penstock.bench.Installation;
import io.penstock.engine.core.OutputConstraint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One of the schemas of {@code bench/src/main/resources/clients/schemas}, simple ones first.
 *
 * @param name of the file, without its ending
 * @param source JSON text
 */
record SchemaFile(String name, String source) {
  private static final String FOLDER = "bench/src/main/resources/clients/schemas";

  static List<SchemaFile> all() throws IOException {
    try (Stream<Path> files = Files.list(Installation.root().resolve(FOLDER))) {
      return files.sorted().map(SchemaFile::read).toList();
    }
  }

  private static SchemaFile read(Path file) {
    try {
      String name = file.getFileName().toString();
      return new SchemaFile(name.substring(0, name.lastIndexOf('.')), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  OutputConstraint constraint() {
    return new OutputConstraint.Json(source);
  }
}
