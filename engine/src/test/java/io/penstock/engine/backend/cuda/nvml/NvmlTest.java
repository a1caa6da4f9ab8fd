package io.penstock.engine.backend.cuda.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NvmlTest {

  @Test
  void withoutTheLibraryThereAreNoSamples() {
    try (Nvml nvml = Nvml.open("libnvidia-ml-absent.so.1")) {
      assertThat(nvml.sample("0000:01:00.0")).isEmpty();
    }
  }

  @Test
  void aLibraryThatIsSomethingElseGivesNoSamples() {
    try (Nvml nvml = Nvml.open("libc.so.6")) {
      assertThat(nvml.sample("0000:01:00.0")).isEmpty();
    }
  }

  /** Where there is the library, an unknown device is a refusal, not a failure. */
  @Test
  void anUnknownDeviceHasNoSamples() {
    try (Nvml nvml = Nvml.open()) {
      assertThat(nvml.sample("ffff:ff:1f.0")).isEmpty();
    }
  }
}
