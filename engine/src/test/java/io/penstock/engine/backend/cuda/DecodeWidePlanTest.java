package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecodeWidePlanTest {
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);

  /** As KERNELS.md says. */
  @Test
  void tilesFillARoundOfTheMultiprocessors() {
    DecodeWidePlan gateUp = plan(Operation.SWIGLU, 14_336, 4096, 128).orElseThrow();
    assertThat(gateUp.grid()).isEqualTo(128);
    assertThat(gateUp.cluster()).isEqualTo(1);
    assertThat(gateUp.weightBoxRows()).isEqualTo(112);
    assertThat(gateUp.sharedBytes()).isEqualTo(181_248);

    DecodeWidePlan down = plan(Operation.ADD, 4096, 14_336, 128).orElseThrow();
    assertThat(down.grid()).isEqualTo(128);
    assertThat(down.cluster()).isEqualTo(2);
    assertThat(down.weightBoxRows()).isEqualTo(64);
    assertThat(down.sharedBytes()).isEqualTo(197_632);
  }

  @Test
  void restsOfTilesHaveBlocksToo() {
    assertThat(plan(Operation.ADD, 4104, 96, 65).orElseThrow().grid()).isEqualTo(130);
    assertThat(plan(Operation.SWIGLU, 120, 96, 65).orElseThrow().grid()).isEqualTo(2);
  }

  @Test
  void thereIsNoneForSmallBatchesOtherGpusAndProductsWithoutAGain() {
    assertThat(plan(Operation.ADD, 4096, 4096, 64)).isEmpty();
    assertThat(plan(Operation.ADD, 4096, 4096, 129)).isEmpty();
    assertThat(plan(Operation.STORE, 4096, 4096, 128)).isEmpty();
    assertThat(plan(Operation.ADD, 4100, 4096, 128)).isEmpty();
    assertThat(plan(Operation.ADD, 4096, 4100, 128)).isEmpty();
    assertThat(DecodeWidePlan.of(Operation.ADD, 4096, 4096, 128, new ComputeCapability(8, 9)))
        .isEmpty();
  }

  @Test
  void aWideProductThatIsAsFastAloneIsChosen() {
    assertThat(DecodeTuning.fastest(45.0f, 60, 44.3f)).isEqualTo(DecodeTuning.Way.WIDE);
    assertThat(DecodeTuning.fastest(45.0f, 60, 50)).isEqualTo(DecodeTuning.Way.LIBRARY);
    assertThat(DecodeTuning.fastest(45.0f, 44, 50)).isEqualTo(DecodeTuning.Way.LIBRARY);
    assertThat(DecodeTuning.fastest(45.0f, 40, Float.POSITIVE_INFINITY))
        .isEqualTo(DecodeTuning.Way.NARROW);
    assertThat(DecodeTuning.fastest(90, 84, 81)).isEqualTo(DecodeTuning.Way.WIDE);
  }

  private static Optional<DecodeWidePlan> plan(
      Operation operation, int outputs, int k, int tokens) {
    return DecodeWidePlan.of(operation, outputs, k, tokens, HOPPER);
  }
}
