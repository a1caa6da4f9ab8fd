package io.penstock.engine.backend.cuda.blas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CublasLibraryTest {
  @TempDir private Path root;

  @Test
  void theNewestThatTheDriverRunsComesFirst() {
    assertThat(CublasLibrary.namesFor(13))
        .containsExactly("libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so");
    assertThat(CublasLibrary.namesFor(12)).containsExactly("libcublasLt.so.12", "libcublasLt.so");
  }

  @Test
  void foldersOfInstallersAndWheelsAreSearched() throws IOException {
    Path toolkit = Files.createDirectories(root.resolve("usr/local/cuda-13.0/lib64"));
    Path older = Files.createDirectories(root.resolve("usr/local/cuda-12.6/lib64"));
    Path wheel =
        Files.createDirectories(
            root.resolve("usr/local/lib/python3.12/dist-packages/nvidia/cublas/lib"));
    Path wheel13 =
        Files.createDirectories(
            root.resolve("usr/local/lib/python3.12/site-packages/nvidia/cu13/lib"));

    assertThat(CublasLibrary.folders(root))
        .containsSubsequence(toolkit, older)
        .contains(wheel, wheel13);
  }

  @Test
  void whereThereIsNoneTheReasonSaysWhatWasTried() {
    assertThatThrownBy(() -> CublasLibrary.find(List.of("libabsent.so.13", "/absent/lib.so")))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageStartingWith(
            "cuBLASLt is not installed: none of libabsent.so.13, /absent/lib.so");
  }

  @Test
  void aLibraryThatIsSomethingElseIsRefused() {
    CublasLibrary found = CublasLibrary.find(List.of("libabsent.so", "libc.so.6"));

    assertThat(found.origin()).isEqualTo("libc.so.6");
    assertThatThrownBy(() -> new LtCalls(found.symbols()))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("cublasLt");
  }

  @Test
  void versionsAreReadAsNvidiaWritesThem() {
    assertThat(CublasLt.versionText(130_100)).isEqualTo("13.1.0");
    assertThat(CublasLt.versionText(120_805)).isEqualTo("12.8.5");
  }

  @Test
  void aCountOfTokensBorrowsFromTheNextMeasuredOne() {
    int[][] pairs = {{1, 1}, {2, 2}, {3, 3}, {5, 6}, {7, 8}, {96, 96}, {97, 128}, {1025, 1536}};
    for (int[] pair : pairs) {
      assertThat(CublasLt.roundUp(pair[0])).as("%d tokens", pair[0]).isEqualTo(pair[1]);
    }
  }

  @Test
  void aShapeHasOneWord() {
    assertThat(new GemmShape(4096, 14336, 128, GemmType.BF16_TO_F32, true).key())
        .isEqualTo("BF16_TO_F32+bias.4096x14336.n128");
    assertThatThrownBy(() -> new GemmShape(8, 8, 0, GemmType.F16, false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void statusesHaveNames() {
    assertThat(LtCalls.failure(13, "cublasLtMatmul"))
        .hasMessage("cublasLtMatmul failed: CUBLAS_STATUS_EXECUTION_FAILED (13)");
    assertThat(LtConstants.statusName(99)).contains("99");
  }
}
