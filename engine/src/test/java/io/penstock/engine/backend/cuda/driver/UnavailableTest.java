package io.penstock.engine.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import org.junit.jupiter.api.Test;

/** Without a usable GPU the answer is a reason, never an unsatisfied link. */
class UnavailableTest {
  private static final String ORIGIN = "compiled by nvcc 13.0 for sm_80, sm_89, sm_90a";

  @Test
  void aMachineWithoutADriverIsToldSo() {
    assertThatThrownBy(() -> CudaDevice.open(0, "libcuda-absent.so.1", ORIGIN))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessage("no NVIDIA driver: libcuda-absent.so.1 cannot be loaded");
  }

  /** Here the system's own library stands for a driver so old that it lacks what is asked. */
  @Test
  void aLibraryThatIsNoDriverIsToldSo() {
    assertThatThrownBy(() -> CudaDevice.open(0, "libc.so.6", ORIGIN))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessage("the NVIDIA driver has no cuDriverGetVersion");
  }

  @Test
  void anImpossibleDeviceIsRefusedOnEveryMachine() {
    assertThatThrownBy(() -> CudaDevice.open(99))
        .isInstanceOf(CudaUnavailableException.class)
        .message()
        .containsAnyOf("no NVIDIA driver: libcuda.so.1", "there is no GPU number 99", "driver");
  }

  @Test
  void whatJCudaLacksIsAReasonToo() {
    if (hasDriver()) {
      CudaDevice.loadJCuda();
      assertThat(Status.name(700)).isEqualTo("CUDA_ERROR_ILLEGAL_ADDRESS");
    } else {
      for (int attempt = 0; attempt < 2; attempt++) { // the second finds a class that failed
        assertThatThrownBy(CudaDevice::loadJCuda)
            .isInstanceOf(CudaUnavailableException.class)
            .hasMessageStartingWith("JCuda's native library cannot be loaded: ")
            .message()
            .hasLineCount(1);
      }
    }
  }

  @Test
  void anOldDriverIsToldWhatItLacks() {
    assertThat(Refusals.ofVersion(new DriverVersion(12, 4), ORIGIN))
        .contains("the NVIDIA driver is too old: it supports CUDA 12.4, CUDA 13.0 is needed");
    assertThat(Refusals.ofVersion(new DriverVersion(13, 0), ORIGIN)).isEmpty();
    assertThat(Refusals.ofVersion(new DriverVersion(11, 8), "compiled by nvcc 11.8 for sm_80"))
        .contains("the NVIDIA driver is too old: it supports CUDA 11.8, CUDA 12.0 is needed");
  }

  @Test
  void startingTheDriverMayFail() {
    assertThat(Refusals.ofInitialization(0)).isEmpty();
    assertThat(Refusals.ofInitialization(100)).contains("the NVIDIA driver finds no GPU");
    assertThat(Refusals.ofInitialization(803))
        .contains("the NVIDIA driver does not start: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803)");
  }

  @Test
  void anOrdinalMustExist() {
    assertThat(Refusals.ofOrdinal(1, 2)).isEmpty();
    assertThat(Refusals.ofOrdinal(2, 2)).contains("there is no GPU number 2, only 2 found");
    assertThat(Refusals.ofOrdinal(-1, 2)).contains("there is no GPU number -1, only 2 found");
  }

  @Test
  void versionsAreReadAndOrdered() {
    assertThat(DriverVersion.of(13000)).isEqualTo(new DriverVersion(13, 0));
    assertThat(DriverVersion.of(12080)).hasToString("12.8");
    assertThat(new DriverVersion(12, 10)).isGreaterThan(new DriverVersion(12, 8));
    assertThat(DriverVersion.neededBy("compiled by nvcc 13.2 for sm_80"))
        .isEqualTo(new DriverVersion(13, 0));
    assertThat(DriverVersion.neededBy("no nvcc on PATH")).isEqualTo(DriverVersion.OLDEST);
    assertThat(new ComputeCapability(9, 0).atLeast(8, 9)).isTrue();
    assertThat(new ComputeCapability(8, 6).atLeast(8, 9)).isFalse();
  }

  @SuppressWarnings("restricted")
  private static boolean hasDriver() {
    try {
      SymbolLookup.libraryLookup(DriverLibrary.NAME, Arena.global());
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
