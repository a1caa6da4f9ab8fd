package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.cuda.DecodeLayerPlan.Shape;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import org.junit.jupiter.api.Test;

class DecodeLayerPlanTest {
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);
  private static final Shape LLAMA_8B = new Shape(4096, 4096, 14_336, 6144);

  private static DecodeLayerPlan plan(Shape shape, int tokens) {
    return DecodeLayerPlan.of(shape, tokens, HOPPER, 132).orElseThrow();
  }

  @Test
  void everyMultiprocessorHasABlockAndAPieceOfTheNextLayersQueries() {
    assertThat(plan(LLAMA_8B, 32))
        .isEqualTo(new DecodeLayerPlan("_n32", 32, 132, 222_208, 4, 5, 132));
  }

  @Test
  void theKernelIsTheSmallestThatHoldsTheTokens() {
    assertThat(plan(LLAMA_8B, 5).suffix()).isEqualTo("_n16");
    assertThat(plan(LLAMA_8B, 16).suffix()).isEqualTo("_n16");
    assertThat(plan(LLAMA_8B, 17).suffix()).isEqualTo("_n32");
    assertThat(plan(LLAMA_8B, 64).suffix()).isEqualTo("_n64");
  }

  @Test
  void sharedMemoryIsWhatABlockOfHopperMayHave() {
    for (int tokens : new int[] {16, 32, 64}) {
      assertThat(plan(LLAMA_8B, tokens).sharedBytes()).isBetween(190_000, 232_448);
    }
  }

  @Test
  void partsOfColumnsAreNoMoreThanSteps() {
    DecodeLayerPlan small = plan(new Shape(64, 64, 128, 96), 8);
    assertThat(small.oSplits()).isEqualTo(1);
    assertThat(small.downSplits()).isEqualTo(2);
    assertThat(small.qkvPieces()).isEqualTo(1);
  }

  @Test
  void behindTheLastLayerThereAreNoQueries() {
    DecodeLayerPlan last = plan(new Shape(4096, 4096, 14_336, 0), 32);
    assertThat(last.qkvPieces()).isEqualTo(1);
    assertThat(last.partialBytes(new Shape(4096, 4096, 14_336, 0), 32))
        .isEqualTo(5L * 4096 * 32 * Float.BYTES);
  }

  @Test
  void sumsOfPartsHaveRoomForWhatTakesMost() {
    assertThat(plan(LLAMA_8B, 32).partialBytes(LLAMA_8B, 32))
        .isEqualTo(4L * 6144 * 32 * Float.BYTES);
  }

  @Test
  void otherChipsLargerBatchesAndOddShapesAreLeftToOthers() {
    assertThat(DecodeLayerPlan.of(LLAMA_8B, 32, new ComputeCapability(8, 9), 132)).isEmpty();
    assertThat(DecodeLayerPlan.of(LLAMA_8B, 65, HOPPER, 132)).isEmpty();
    assertThat(DecodeLayerPlan.of(new Shape(4100, 4096, 14_336, 6144), 32, HOPPER, 132)).isEmpty();
    assertThat(DecodeLayerPlan.of(new Shape(4096, 4096, 14_336, 40_960), 32, HOPPER, 132))
        .isEmpty();
  }
}
