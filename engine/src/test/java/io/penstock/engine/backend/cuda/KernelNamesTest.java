package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import io.penstock.kernels.KernelModule;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every kernel that the backend may ask for by name is in the module that this build documents. */
class KernelNamesTest {
  private static final String[] OF_EACH_TYPE = {
    "penstock_embedding",
    "penstock_rms_norm",
    "penstock_add_rms_norm",
    "penstock_gather_add_rms_norm",
    "penstock_add",
    "penstock_swiglu",
    "penstock_qkv_prepare"
  };
  private static final String[] MATRIX_VECTOR = {
    "penstock_gemv",
    "penstock_gemv_add",
    "penstock_norm_gemv",
    "penstock_norm_gemv_swiglu",
    "penstock_norm_gemv_logits"
  };
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);
  private static final int[] HEAD_SIZES = {16, 32, 64, 80, 96, 128, 256};
  private static final int[] COLUMNS = {64, 576, 4096, 8192, 14336, 28672};

  @Test
  void allAreDocumented() {
    Set<String> asked = new TreeSet<>();
    asked.add("penstock_rope_table");
    asked.add(SamplingPlan.GREEDY);
    asked.add(SamplingPlan.SLICES);
    asked.add(SamplingPlan.ROWS);
    for (ElementType type : ElementType.values()) {
      for (String name : OF_EACH_TYPE) {
        asked.add(name + "_" + type.suffix());
      }
      for (DecodeGemmPlan.Operation operation : DecodeGemmPlan.Operation.values()) {
        for (int columns : new int[] {16, 32, 64, 128}) {
          asked.add(operation.symbol + "_" + type.suffix() + "_n" + columns);
        }
        DecodeWidePlan.of(operation, 4096, 4096, 128, HOPPER)
            .ifPresent(plan -> asked.add(plan.symbol() + "_" + type.suffix()));
      }
      for (int tokens = 512; tokens <= 1024; tokens += 64) {
        PrefillGemmPlan.of(14_336, 4096, tokens, HOPPER, 132)
            .ifPresent(
                plan -> asked.add(PrefillGemmPlan.SYMBOL + "_" + type.suffix() + plan.suffix()));
      }
      for (int tokens = 512; tokens <= 8192; tokens += 512) {
        PrefillGemmPlan.ofTwoSizes(14_336, 4096, tokens, HOPPER, 132)
            .ifPresent(
                plan -> asked.add(PrefillGemmPlan.SYMBOL + "_" + type.suffix() + plan.suffix()));
      }
      for (int headDim : HEAD_SIZES) {
        AttentionKernels kernels = new AttentionKernels(8, 2, headDim, 132);
        asked.add(kernels.decodeSymbol(type.suffix()));
        asked.add(kernels.prefillSymbol(type.suffix()));
      }
      for (int tokens = 1; tokens <= 8; tokens++) {
        for (int k : COLUMNS) {
          for (String name : MATRIX_VECTOR) {
            GemvPlan.of(4096, k, tokens)
                .ifPresent(plan -> asked.add(name + "_" + type.suffix() + plan.suffix()));
          }
        }
      }
    }
    assertThat(KernelModule.load().symbols()).containsAll(asked);
  }
}
