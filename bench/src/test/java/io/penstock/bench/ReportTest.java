package io.penstock.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {

  @Test
  void rowsSayWhetherTheirTargetHolds() {
    assertThat(Row.atLeast("a", "a", 2, "x", 2).holds()).isTrue();
    assertThat(Row.atLeast("a", "a", 1.99, "x", 2).holds()).isFalse();
    assertThat(Row.atMost("a", "a", 2.01, "x", 2).holds()).isFalse();
    assertThat(Row.info("a", "a", 1, "x").holds()).isNull();
  }

  @Test
  void aReportHoldsUnlessATargetIsMissed() {
    Report report =
        new Report(new ProgressBar(new PrintStream(new ByteArrayOutputStream()), false));
    report.add(Row.info("a", "informs", 1, "x"));
    assertThat(report.allHold()).isTrue();
    report.add(Row.atLeast("b", "missed", 1, "x", 2));
    assertThat(report.allHold()).isFalse();
  }

  @Test
  void jsonRowsHaveExactlyTheAgreedFields() {
    JsonNode row = JsonMapper.shared().valueToTree(new Row("i", "w", 1.5, "u", "at least 1", true));
    assertThat(row.propertyNames())
        .containsExactly("item", "what", "figure", "unit", "target", "holds");
  }

  @Test
  void theTableAlignsColumnsAndMarksMisses() {
    String table =
        Table.render(
            List.of(
                Row.info("short", "x", 1234.5, "s"), Row.atMost("longer-item", "y", 3, "s", 2)));
    String[] lines = table.split("\n");
    assertThat(lines).hasSize(3);
    assertThat(lines[1]).contains("1,235");
    assertThat(lines[2]).endsWith("NO");
    assertThat(lines[1].indexOf("x")).isEqualTo(lines[2].indexOf("y", "longer-item".length()));
  }

  @Test
  void statistics() {
    assertThat(Numbers.median(new double[] {3, 1, 2})).isEqualTo(2);
    assertThat(Numbers.median(new double[] {4, 1, 2, 3})).isEqualTo(2.5);
    assertThat(Numbers.percentile(new double[] {1, 2, 3, 4}, 0.99)).isEqualTo(4);
    assertThat(Numbers.percentile(new double[] {1, 2, 3, 4}, 0.5)).isEqualTo(2);
  }

  @Test
  void whatWasNotMeasuredHoldsNoTarget() {
    assertThat(Row.failed("a", "no device").holds()).isFalse();
    assertThat(Table.render(List.of(Row.failed("a", "no device"))))
        .contains("no device")
        .contains("-");
  }

  @Test
  void rowsAreToldAsTheyCome() {
    List<Integer> sizes = new ArrayList<>();
    Report report =
        new Report(
            new ProgressBar(new PrintStream(new ByteArrayOutputStream()), false),
            r -> sizes.add(r.rows().size()));
    report.add(Row.info("a", "a", 1, "x"));
    report.add(Row.failed("b", "no device"));
    assertThat(sizes).containsExactly(1, 2);
  }

  @Test
  void rowsSurviveTheirFile(@TempDir Path directory) {
    List<Row> rows =
        List.of(
            Row.atLeast("a", "a", 2, "x", 2), Row.failed("b", "c"), Row.info("d", "d", 0.5, ""));
    Path file = directory.resolve("rows.json");
    RowFile.write(file, List.of());
    RowFile.write(file, rows);
    assertThat(RowFile.read(file)).isEqualTo(rows);
    assertThat(directory.toFile().list()).containsExactly("rows.json");
  }

  @Test
  void commandLine() {
    assertThat(Main.Arguments.parse(new String[] {}).name()).isNull();
    Main.Arguments parsed =
        Main.Arguments.parse(new String[] {"gpu", "check", "--json", "out.json", "--quick"});
    assertThat(parsed)
        .isEqualTo(new Main.Arguments("gpu", List.of("check", "--quick"), Path.of("out.json")));
    assertThatThrownBy(() -> Main.Arguments.parse(new String[] {"cpu", "--json"}))
        .hasMessageContaining("file name");
    assertThatThrownBy(() -> Main.Arguments.parse(new String[] {"--jsn"}))
        .hasMessageContaining("--jsn");
  }

  @Test
  void options() {
    Options options =
        Options.parse(
            List.of("speed", "--quick", "--size", "3"), Set.of("size", "name"), Set.of("quick"));
    assertThat(options.words()).containsExactly("speed");
    assertThat(options.has("quick")).isTrue();
    assertThat(options.number("size", 1)).isEqualTo(3);
    assertThat(options.text("name", "none")).isEqualTo("none");
    assertThatThrownBy(() -> Options.parse(List.of("--size"), Set.of("size"), Set.of()))
        .hasMessageContaining("needs a value");
    assertThatThrownBy(() -> Options.parse(List.of("--wide"), Set.of("size"), Set.of()))
        .hasMessageContaining("--wide");
    assertThatThrownBy(() -> Main.BENCHMARKS.getFirst().options(List.of("--wide")))
        .hasMessageContaining("--wide");
  }
}
