package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ModelLoadException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelLocatorTest {
  @TempDir Path directory;

  @Test
  void whatIsOnDiskIsTaken() {
    assertThat(ModelLocator.resolve(directory.toString(), Map.of(), LoadProgress.NONE))
        .isEqualTo(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"models/none.gguf", "/nowhere/at/all", "nothing"})
  void whatIsNowhereIsNamed(String reference) {
    assertThatThrownBy(() -> ModelLocator.resolve(reference, Map.of(), LoadProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(reference)
        .hasMessageContaining("no such file");
  }

  @Test
  void whatLooksLikeAHubIdIsLookedForInTheHubsCache() {
    Map<String, String> offline =
        Map.of("HF_HUB_OFFLINE", "1", "HF_HUB_CACHE", directory.toString());

    assertThatThrownBy(() -> ModelLocator.resolve("org/name", offline, LoadProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("org/name")
        .hasMessageContaining("HF_HUB_OFFLINE");
  }
}
