package io.penstock.engine.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CudaExceptionTest {

  @Test
  void aFailureNamesItsCallAndCode() {
    assertThatThrownBy(() -> Status.check(1, "cuMemcpyHtoDAsync"))
        .isInstanceOfSatisfying(
            CudaException.class,
            e -> {
              assertThat(e.code()).isEqualTo(1);
              assertThat(e.errorName()).isEqualTo("CUDA_ERROR_INVALID_VALUE");
              assertThat(e.call()).isEqualTo("cuMemcpyHtoDAsync");
              assertThat(e.contextLost()).isFalse();
            })
        .hasMessage("cuMemcpyHtoDAsync failed: CUDA_ERROR_INVALID_VALUE (1)");
    Status.check(0, "cuInit");
  }

  /** Those of which cuda.h says that the process must be ended, and a destroyed context. */
  @Test
  void errorsThatStickAreTold() {
    for (int code : new int[] {700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 810}) {
      assertThat(CudaException.losesContext(code)).as("code %d", code).isTrue();
    }
    for (int code : new int[] {1, 2, 201, 209, 600, 701, 704, 712, 720, 900, 901, 908}) {
      assertThat(CudaException.losesContext(code)).as("code %d", code).isFalse();
    }
    assertThat(new CudaException(719, "CUDA_ERROR_LAUNCH_FAILED", "cuEventQuery"))
        .hasMessageEndingWith("(719); the CUDA context is lost");
  }

  @Test
  void anUnknownCodeKeepsItsNumber() {
    assertThatThrownBy(() -> Status.check(4711, "cuInit")).hasMessageContaining("(4711)");
  }

  @Test
  void tooLittleMemoryIsToldInBytes() {
    assertThat(new DeviceOutOfMemoryException(2, "CUDA_ERROR_OUT_OF_MEMORY", 3L << 30, 1 << 20))
        .hasMessageContaining("allocating 3,221,225,472 bytes")
        .hasMessageContaining("1,048,576 are free");
  }
}
