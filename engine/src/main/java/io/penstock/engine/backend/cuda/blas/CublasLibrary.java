package io.penstock.engine.backend.cuda.blas;

import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds cuBLASLt: first where the dynamic linker looks, then where CUDA's installers and Python's
 * wheels put it. The driver decides which version runs: one made for a newer CUDA is refused by it.
 *
 * @param origin name or path under which it was found
 */
record CublasLibrary(SymbolLookup symbols, String origin) {
  /** Newest first; the plain name is what a development package installs. */
  private static final List<String> NAMES =
      List.of("libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so");

  /**
   * @param driverMajor CUDA version of the driver
   * @throws CudaUnavailableException when there is none
   */
  static CublasLibrary find(int driverMajor) {
    List<String> names = namesFor(driverMajor);
    List<String> candidates = new ArrayList<>(names);
    for (Path folder : folders(Path.of("/"))) {
      for (String name : names) {
        Path file = folder.resolve(name);
        if (Files.exists(file)) {
          candidates.add(file.toString());
        }
      }
    }
    return find(candidates);
  }

  static CublasLibrary find(List<String> candidates) {
    for (String candidate : candidates) {
      SymbolLookup symbols = open(candidate);
      if (symbols != null) {
        return new CublasLibrary(symbols, candidate);
      }
    }
    throw new CudaUnavailableException(
        "cuBLASLt is not installed: none of "
            + String.join(", ", candidates)
            + " can be loaded (CUDA 12 or 13 has it, as package libcublas)");
  }

  /** A library of CUDA 13 does not run on a driver for 12. */
  static List<String> namesFor(int driverMajor) {
    return driverMajor >= 13 ? NAMES : NAMES.subList(1, NAMES.size());
  }

  @SuppressWarnings("restricted") // its functions are declared as cublasLt.h declares them
  private static SymbolLookup open(String nameOrPath) {
    try {
      return nameOrPath.startsWith("/")
          ? SymbolLookup.libraryLookup(Path.of(nameOrPath), Arena.global())
          : SymbolLookup.libraryLookup(nameOrPath, Arena.global());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Existing folders that may hold it, the likelier first. */
  static List<Path> folders(Path root) {
    List<Path> folders = new ArrayList<>();
    String home = System.getenv("CUDA_HOME");
    if (home != null && !home.isBlank()) {
      folders.add(Path.of(home, "lib64"));
    }
    String environment = System.getenv("VIRTUAL_ENV");
    if (environment != null && !environment.isBlank()) {
      addWheels(Path.of(environment, "lib"), folders);
    }
    folders.add(root.resolve("usr/local/cuda/lib64"));
    for (Path cuda : matching(root.resolve("usr/local"), "cuda-*")) {
      folders.add(cuda.resolve("lib64"));
    }
    folders.add(root.resolve("usr/lib/x86_64-linux-gnu"));
    for (String lib : List.of("usr/local/lib", "usr/lib", "opt/venv/lib")) {
      addWheels(root.resolve(lib), folders);
    }
    return folders.stream().filter(Files::isDirectory).toList();
  }

  private static void addWheels(Path lib, List<Path> folders) {
    for (Path python : matching(lib, "python3*")) {
      for (String packages : List.of("site-packages", "dist-packages")) {
        for (String wheel : List.of("nvidia/cu13/lib", "nvidia/cublas/lib")) {
          folders.add(python.resolve(packages).resolve(wheel));
        }
      }
    }
  }

  private static List<Path> matching(Path folder, String glob) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    var matcher = folder.getFileSystem().getPathMatcher("glob:" + glob);
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(e -> matcher.matches(e.getFileName())).sorted().toList().reversed();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }
}
