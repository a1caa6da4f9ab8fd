package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.core.TenantBudget;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class StepLimitsTest {

  private static StepLimits cuda(int seqs, int tokens) {
    return StepLimits.CUDA.with(
        new EngineOptions(
            "m", Path.of("m"), BackendChoice.AUTO, 0, 0, 0, 0, seqs, tokens, 256, 0, 0.9));
  }

  @Test
  void theDeviceSaysWhatIsLeftOpen() {
    assertThat(cuda(0, 0)).isEqualTo(new StepLimits(256, 1024, 2048, 1024));
    assertThat(cuda(8, 100)).isEqualTo(new StepLimits(8, 100, 200, 100));
  }

  @Test
  void whatIsLeftOpenFitsWhatIsGiven() {
    assertThat(cuda(0, 64)).isEqualTo(new StepLimits(64, 64, 128, 64));
    assertThat(cuda(4096, 0)).isEqualTo(new StepLimits(4096, 4096, 5120, 1024));
  }

  @Test
  void stepsGrowForUrgentPromptsOnlyWhereThereAreSome() {
    EngineOptions usual = EngineOptions.of("m", Path.of("m"));
    EngineOptions unhurried =
        new EngineOptions(
            "m",
            Path.of("m"),
            BackendChoice.AUTO,
            0,
            0,
            0,
            0,
            0,
            0,
            256,
            0,
            0.9,
            SchedulingOptions.DEFAULT.withoutTargets(),
            TenantBudget.UNLIMITED);
    assertThat(StepLimits.CUDA.with(unhurried)).isEqualTo(new StepLimits(256, 1024, 1024));
    assertThat(StepLimits.CPU.with(usual)).isEqualTo(new StepLimits(32, 512, 512));
  }
}
