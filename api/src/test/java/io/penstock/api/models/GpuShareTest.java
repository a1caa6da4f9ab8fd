package io.penstock.api.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.api.platform.SettingException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GpuShareTest {

  @Test
  void oneModelMayUseTheDefault() {
    assertThat(GpuShare.of(1, List.of(0), List.of())).containsExactly(new GpuShare(0, 0.9));
    assertThat(GpuShare.of(1, List.of(3), List.of(0.5))).containsExactly(new GpuShare(3, 0.5));
  }

  @Test
  void modelsOfOneGpuShareEvenlyUnlessToldOtherwise() {
    assertThat(GpuShare.of(3, List.of(0, 1, 0), List.of()))
        .containsExactly(new GpuShare(0, 0.45), new GpuShare(1, 0.9), new GpuShare(0, 0.45));
    assertThat(GpuShare.of(2, List.of(0), List.of(0.7, 0.3)))
        .containsExactly(new GpuShare(0, 0.7), new GpuShare(0, 0.3));
    assertThat(GpuShare.of(10, List.of(0), List.of(0.1))).hasSize(10);
  }

  @Test
  void noGpuIsGivenAwayTwice() {
    assertThatThrownBy(() -> GpuShare.of(3, List.of(1, 0, 1), List.of(0.9)))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith(
            "The 2 models on GPU 1 would use 1.80 of its memory. Give each a smaller"
                + " penstock.gpu-memory-utilization, such as 0.45, or move some to another GPU");
  }

  @Test
  void thereIsOneValueForAllOrOneForEach() {
    assertThatThrownBy(() -> GpuShare.of(3, List.of(0, 1), List.of()))
        .hasMessage(
            "penstock.device has 2 values for 3 models; give one for all, or one for each model in"
                + " the order of penstock.model.");
    assertThatThrownBy(() -> GpuShare.of(1, List.of(0), List.of(0.5, 0.5)))
        .hasMessageStartingWith("penstock.gpu-memory-utilization has 2 values for 1 models");
  }
}
