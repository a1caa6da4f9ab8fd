package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.cuda.DecodeGemmPlan.Operation;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecodeGemmPlanTest {
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);

  @Test
  void aClusterSharesATileWhereThereAreFew() {
    assertGeometry(plan(Operation.ADD, 4096), 128, 4);
    assertGeometry(plan(Operation.STORE, 6144), 96, 2);
    assertGeometry(plan(Operation.STORE, 8), 8, 8);
    assertGeometry(plan(Operation.SWIGLU, 1000), 128, 8);
  }

  @Test
  void aBlockDoesATileWhereThereAreMany() {
    assertGeometry(plan(Operation.SWIGLU, 14336), 224, 1);
    assertGeometry(plan(Operation.STORE, 14336), 112, 1);
    assertGeometry(plan(Operation.STORE, 132 * 128 + 8), 133, 1);
  }

  @Test
  void theKernelIsTheSmallestThatHoldsTheTokens() {
    int[][] columnsOfTokens = {{1, 16}, {16, 16}, {17, 32}, {32, 32}, {33, 64}, {65, 128}};
    for (int[] pair : columnsOfTokens) {
      DecodeGemmPlan plan = ofTokens(pair[0]).orElseThrow();
      assertThat(plan.columns()).isEqualTo(pair[1]);
      assertThat(plan.suffix()).isEqualTo("_n" + pair[1]);
    }
  }

  /** The sizes of KERNELS.md, of which two fit on a multiprocessor. */
  @Test
  void theRingIsAsLongAsCompiled() {
    assertThat(ofTokens(16).orElseThrow().sharedBytes()).isEqualTo(111_616);
    assertThat(ofTokens(32).orElseThrow().sharedBytes()).isEqualTo(103_424);
    assertThat(ofTokens(64).orElseThrow().sharedBytes()).isEqualTo(99_328);
    assertThat(ofTokens(128).orElseThrow().sharedBytes()).isEqualTo(99_328);
  }

  @Test
  void otherGpusBatchesAndAlignmentsHaveNone() {
    assertThat(ofTokens(129)).isEmpty();
    assertThat(ofTokens(0)).isEmpty();
    assertThat(DecodeGemmPlan.of(Operation.ADD, 4100, 4096, 32, HOPPER, 132)).isEmpty();
    assertThat(DecodeGemmPlan.of(Operation.ADD, 4096, 4100, 32, HOPPER, 132)).isEmpty();
    for (ComputeCapability other :
        new ComputeCapability[] {new ComputeCapability(8, 9), new ComputeCapability(10, 0)}) {
      assertThat(DecodeGemmPlan.of(Operation.ADD, 4096, 4096, 32, other, 132)).isEmpty();
    }
  }

  private static DecodeGemmPlan plan(Operation operation, int outputs) {
    return DecodeGemmPlan.of(operation, outputs, 4096, 32, HOPPER, 132).orElseThrow();
  }

  private static Optional<DecodeGemmPlan> ofTokens(int tokens) {
    return DecodeGemmPlan.of(Operation.STORE, 4096, 4096, tokens, HOPPER, 132);
  }

  private static void assertGeometry(DecodeGemmPlan plan, int grid, int cluster) {
    assertThat(plan.grid()).isEqualTo(grid);
    assertThat(plan.cluster()).isEqualTo(cluster);
  }
}
