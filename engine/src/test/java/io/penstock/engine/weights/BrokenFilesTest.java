package io.penstock.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Damaged containers, as their manifest lists them. */
class BrokenFilesTest {
  private record Case(String file, String format, boolean sound) {
    Path path() {
      return Fixtures.BROKEN.resolve(file);
    }

    Map<String, StoredTensor> open(Arena arena) {
      if (Files.isDirectory(path())) {
        return SafetensorsShards.open(path(), arena);
      }
      return format.equals("gguf")
          ? GgufFile.open(path(), arena).tensors()
          : SafetensorsFile.open(path(), arena);
    }
  }

  private static Stream<Case> cases() {
    JsonNode entries = Fixtures.json(Fixtures.BROKEN.resolve("manifest.json")).get("entries");
    return entries
        .valueStream()
        .map(
            e ->
                new Case(
                    e.get("file").asString(),
                    e.get("format").asString(),
                    e.get("expect").asString().equals("load")));
  }

  @TestFactory
  Stream<DynamicTest> containers() {
    return cases().map(c -> DynamicTest.dynamicTest(c.file, () -> checkContainer(c)));
  }

  private static void checkContainer(Case c) {
    try (Arena arena = Arena.ofConfined()) {
      if (c.sound) {
        Map<String, StoredTensor> tensors = c.open(arena);
        assertThat(tensors).containsOnlyKeys("a.weight", "b.weight");
        assertThat(tensors.get("a.weight").shape()).containsExactly(2, 8);
        assertThat(tensors.get("b.weight").data().byteSize()).isEqualTo(32);
      } else {
        assertRefused(c, catchThrowable(() -> c.open(arena)));
      }
    }
  }

  /** As a model, even the sound ones lack something. */
  @TestFactory
  Stream<DynamicTest> models() {
    return cases().map(c -> DynamicTest.dynamicTest(c.file, () -> checkModel(c)));
  }

  private static void checkModel(Case c) throws IOException {
    Throwable error = catchThrowable(() -> Checkpoints.open(c.path()));
    assertRefused(c, error);
    if (c.format.equals("safetensors") && !c.sound) {
      assertThat(error)
          .as("the damage")
          .hasMessageNotContainingAny("config.json", "directory that");
    }
    Path maps = Path.of("/proc/self/maps"); // where the system tells
    if (Files.exists(maps)) {
      assertThat(Files.readString(maps))
          .as("mapped files")
          .doesNotContain(Fixtures.BROKEN.getFileName() + "/" + c.file);
    }
  }

  private static void assertRefused(Case c, Throwable error) {
    assertThat(error)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(c.path().toString())
        .hasMessageMatching("(?s).{10,1000}");
  }
}
