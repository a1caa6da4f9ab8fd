package io.penstock.engine.backend.cuda.driver;

import java.util.Optional;

/** Why a machine cannot run the kernels, as far as plain numbers tell. */
final class Refusals {
  private Refusals() {}

  static Optional<String> ofVersion(DriverVersion found, String moduleOrigin) {
    DriverVersion needed = DriverVersion.neededBy(moduleOrigin);
    return found.compareTo(needed) >= 0
        ? Optional.empty()
        : Optional.of(
            "the NVIDIA driver is too old: it supports CUDA %s, CUDA %s is needed"
                .formatted(found, needed));
  }

  /** Of the status of {@code cuInit}. */
  static Optional<String> ofInitialization(int status) {
    return switch (status) {
      case Status.SUCCESS -> Optional.empty();
      case Status.NO_DEVICE -> Optional.of("the NVIDIA driver finds no GPU");
      default ->
          Optional.of(
              "the NVIDIA driver does not start: %s (%d)".formatted(Status.name(status), status));
    };
  }

  static Optional<String> ofOrdinal(int ordinal, int count) {
    return ordinal >= 0 && ordinal < count
        ? Optional.empty()
        : Optional.of("there is no GPU number %d, only %d found".formatted(ordinal, count));
  }
}
