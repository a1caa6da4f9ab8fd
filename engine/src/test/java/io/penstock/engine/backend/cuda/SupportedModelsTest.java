package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.RopeConfig;
import org.junit.jupiter.api.Test;

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
