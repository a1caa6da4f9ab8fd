package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupportedModelsTest {

  private static ModelConfig model(int hidden, int headDim, int rotated, boolean interleaved) {
    return new ModelConfig(
        Architecture.LLAMA,
        1000,
        hidden,
        172,
        2,
        4,
        2,
        headDim,
        2048,
        1e-5f,
        new RopeConfig(1e4, rotated, interleaved, new RopeConfig.None()),
        0,
        false,
        false);
  }

  @Test
  void usualShapesAreComputed() {
    for (int headDim : new int[] {16, 32, 64, 80, 96, 128, 256}) {
      assertThat(SupportedModels.refusal(model(96, headDim, headDim, true))).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "llama-bias",
        "llama-dynamic",
        "llama-gqa",
        "llama-linear-rope",
        "llama-yarn",
        "llama3-rope",
        "mistral-swa",
        "qwen2",
        "qwen3"
      })
  void everyTinyModelIsComputed(String name) {
    try (Checkpoint checkpoint = Checkpoints.open(Path.of("src/test/fixtures/tiny", name))) {
      assertThat(SupportedModels.refusal(checkpoint.config())).isEmpty();
    }
  }

  @Test
  void othersAreRefusedWithTheReason() {
    assertThat(SupportedModels.refusal(model(96, 48, 48, false)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("heads of 48 elements"));
    assertThat(SupportedModels.refusal(model(100, 64, 64, false)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("hidden size"));
    assertThat(SupportedModels.refusal(model(96, 64, 24, false)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("24 of 64"));
    assertThat(SupportedModels.refusal(model(96, 64, 32, true)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("interleaved"));
  }
}
