package io.penstock.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KernelModuleTest {
  private static final int ARCHITECTURES = 3; // sm_80, sm_89, sm_90a; PTX is no ELF image
  private static final Pattern ENTRY_POINT =
      Pattern.compile(
          "extern \"C\" __global__ void[^(]*(?:\\([0-9, ]*\\)\\s*)?(penstock_\\w+)\\W"
              // or made by a macro whose first argument is the symbol
              + "|^[A-Z][A-Z_]*\\((penstock_\\w+),",
          Pattern.MULTILINE);

  private final KernelModule module = KernelModule.load();

  @Test
  void everyEntryPointInTheSourcesIsDocumentedWithItsFile() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (String symbol : module.symbols()) {
      documented.put(symbol, module.kernel(symbol).file());
    }

    assertThat(entryPoints()).isEqualTo(documented);
  }

  /** With a compiler every image has exactly the documented symbols; without one it says why. */
  @Test
  void theModuleHasExactlyTheDocumentedSymbolsForEveryArchitecture() {
    Optional<byte[]> fatbin = module.fatbin();

    if (fatbin.isPresent()) {
      List<Set<String>> images = FatbinSymbols.read(fatbin.get());
      assertThat(images).hasSize(ARCHITECTURES);
      assertThat(images).allSatisfy(symbols -> assertThat(symbols).isEqualTo(module.symbols()));
      assertThat(module.origin()).startsWith("compiled by nvcc");
    } else {
      assertThat(module.origin()).containsAnyOf("no nvcc", "switched off");
    }
  }

  @Test
  void aKernelIsDescribedByItsArgumentsAndShapes() {
    Kernel kernel = module.kernel("penstock_add_rms_norm_bf16");

    assertThat(kernel.arguments()).contains("float* residual").endsWith("int hidden, float eps");
    assertThat(kernel.shapes()).contains("(tokens, hidden)");
    assertThat(kernel.alignment()).contains("16 bytes");
  }

  @Test
  void anUnknownSymbolIsRefusedByName() {
    assertThatThrownBy(() -> module.kernel("penstock_softmax"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("penstock_softmax")
        .hasMessageContaining("penstock_rms_norm_bf16");
  }

  @Test
  void aSymbolListedTwiceIsRefused() {
    String row = "| `penstock_x` | `x.cu` | `int n` | (n) | none |\n";

    assertThat(KernelIndex.parse(row)).containsOnlyKeys("penstock_x");
    assertThatThrownBy(() -> KernelIndex.parse(row + row)).hasMessageContaining("penstock_x twice");
    assertThatThrownBy(() -> KernelIndex.parse("# Kernels")).hasMessageContaining("no table");
  }

  @Test
  void aFamilyIsListedOnce() {
    String row = "| `penstock_x_{bf16,f16}_{n1,n2}` | `x.cu` | `int n` | (n) | none |\n";

    assertThat(KernelIndex.parse(row))
        .containsOnlyKeys(
            "penstock_x_bf16_n1", "penstock_x_bf16_n2", "penstock_x_f16_n1", "penstock_x_f16_n2");
    assertThatThrownBy(
            () -> KernelIndex.parse(row + "| `penstock_x_f16_n1` | `x.cu` | `` | - | - |"))
        .hasMessageContaining("penstock_x_f16_n1 twice");
  }

  private static Map<String, String> entryPoints() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> sources = Files.list(Path.of("src"))) {
      for (Path source : sources.filter(p -> p.toString().endsWith(".cu")).toList()) {
        Matcher entry = ENTRY_POINT.matcher(Files.readString(source));
        while (entry.find()) {
          String symbol = entry.group(1) != null ? entry.group(1) : entry.group(2);
          found.put(symbol, source.getFileName().toString());
        }
      }
    }
    return found;
  }
}
