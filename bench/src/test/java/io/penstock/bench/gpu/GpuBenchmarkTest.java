package io.penstock.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.bench.Options;
import io.penstock.bench.ProgressBar;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.model.ModelShape;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuBenchmarkTest {
  private final GpuBenchmark benchmark = new GpuBenchmark();
  private final Report report =
      new Report(new ProgressBar(new PrintStream(new ByteArrayOutputStream()), false));

  @Test
  void unknownWorkloadsAreNamedBeforeAnythingIsMeasured() {
    assertThatThrownBy(() -> benchmark.options(List.of("decode7")))
        .hasMessageContaining("decode7")
        .hasMessageContaining("decode32");
    assertThat(benchmark.options(List.of("check", "decode32", "--quick")).words()).hasSize(2);
  }

  @Test
  void theCpuEngineGoesThroughIt(@TempDir Path scratch) throws Exception {
    Options options =
        benchmark.options(
            List.of(
                "shapes",
                "paths",
                "decode1",
                "prefill16",
                "idle",
                "--backend",
                "cpu",
                "--model",
                "tiny",
                "--quick",
                "--scratch",
                scratch.toString()));
    benchmark.run(options, report);
    assertThat(report.rows())
        .extracting(Row::item)
        .contains(
            "shape.llama-yarn.error",
            "paths.mistral-window.decode.top1",
            "decode.batch1",
            "prefill.16x512");
    assertThat(report.allHold()).isTrue();
    assertThat(report.rows()).allSatisfy(row -> assertThat(row.figure()).isNotNull());
  }

  @Test
  void agreementTellsErrorsFromCloseCalls() {
    Agreement agreement = new Agreement();
    agreement.add(new float[] {1, 2, 3}, new float[] {1, 2, 3});
    agreement.add(new float[] {1, 3.001f, 3}, new float[] {1, 3, 3.001f}); // a close call
    agreement.report(report, "close", "close", 1e-2);
    assertThat(row("close.error").holds()).isTrue();
    assertThat(row("close.top1").figure()).isEqualTo(50);
    assertThat(row("close.clear").figure()).isEqualTo(100);

    Agreement wrong = new Agreement();
    wrong.add(new float[] {5, 2, 3}, new float[] {1, 2, 3});
    wrong.report(report, "wrong", "wrong", 1e-2);
    assertThat(row("wrong.clear").holds()).isFalse();

    Agreement notANumber = new Agreement();
    notANumber.add(new float[] {Float.NaN, 2, 3}, new float[] {1, 2, 3});
    notANumber.report(report, "nan", "nan", 1e-2);
    assertThat(row("nan.error").holds()).isFalse();
  }

  private Row row(String item) {
    return report.rows().stream().filter(r -> r.item().equals(item)).findFirst().orElseThrow();
  }

  @Test
  void floorsOfTheBigShape() {
    assertThat(Floors.decodeWeightBytes(ModelShape.LLAMA_8B)).isCloseTo(15.01e9, within(0.01e9));
    assertThat(Floors.kvBytesPerToken(ModelShape.LLAMA_8B)).isEqualTo(131_072);
    assertThat(Floors.gemmFlopsPerToken(ModelShape.LLAMA_8B)).isCloseTo(13.96e9, within(0.01e9));
  }
}
