package io.penstock.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage of every kind ends in a ModelLoadException or goes unnoticed; nothing else is thrown. */
class DamageTest {
  private static final int MUTATIONS = 800;

  @TempDir Path folder;

  private static void open(Path file, byte[] content) throws IOException {
    Files.write(file, content);
    try (Arena arena = Arena.ofConfined()) {
      if (file.toString().endsWith(".gguf")) {
        GgufFile.open(file, arena);
      } else {
        SafetensorsFile.open(file, arena);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"valid.gguf", "valid.safetensors"})
  void everyTruncationIsRefused(String name) throws Exception {
    byte[] sound = Files.readAllBytes(Fixtures.BROKEN.resolve(name));
    for (int length = 0; length < sound.length; length++) {
      byte[] cut = Arrays.copyOf(sound, length);
      assertThatThrownBy(() -> open(folder.resolve(name), cut))
          .as("%d bytes", length)
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining(name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"valid.gguf", "valid.safetensors"})
  void noChangedBytesBreakTheReader(String name) throws Exception {
    byte[] sound = Files.readAllBytes(Fixtures.BROKEN.resolve(name));
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] changed = sound.clone();
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        changed[random.nextInt(200)] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
      }
      refused += refusedProperly(catchThrowable(() -> open(folder.resolve(name), changed)));
    }
    assertThat(refused).isBetween(MUTATIONS / 2, MUTATIONS);
  }

  @Test
  void noChangedBytesBreakTheLoader() throws Exception {
    Path file = GgufBuilder.model("llama").write(folder.resolve("m.gguf"));
    byte[] sound = Files.readAllBytes(file);
    Random random = new Random(11);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] changed = sound.clone();
      changed[random.nextInt(1600)] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
      Files.write(file, changed);
      refused += refusedProperly(catchThrowable(() -> Checkpoints.open(file).close()));
    }
    assertThat(refused).isBetween(MUTATIONS / 2, MUTATIONS);
  }

  private static int refusedProperly(Throwable error) {
    assertThat(error)
        .satisfiesAnyOf(
            e -> assertThat(e).isNull(), e -> assertThat(e).isInstanceOf(ModelLoadException.class));
    return error == null ? 0 : 1;
  }
}
