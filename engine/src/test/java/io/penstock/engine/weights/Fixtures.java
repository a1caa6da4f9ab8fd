package io.penstock.engine.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The committed models and references. */
final class Fixtures {
  static final Path ROOT = Path.of("src/test/fixtures");
  static final Path TINY = ROOT.resolve("tiny");
  static final Path GGUF = ROOT.resolve("gguf-tiny");
  static final Path BROKEN = ROOT.resolve("broken");
  static final Path SMOLLM2 = Path.of("../models/SmolLM2-135M-Instruct.Q4_1.gguf");

  private Fixtures() {}

  static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  /** A copy of a model directory that a test may damage. */
  static Path copy(Path directory, Path to) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
