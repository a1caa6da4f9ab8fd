package io.penstock.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
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
  void commandLine() {
    assertThat(Main.Arguments.parse(new String[] {}).name()).isNull();
    Main.Arguments parsed = Main.Arguments.parse(new String[] {"cpu", "--json", "out.json"});
    assertThat(parsed).isEqualTo(new Main.Arguments("cpu", Path.of("out.json")));
    assertThatThrownBy(() -> Main.Arguments.parse(new String[] {"cpu", "--json"}))
        .hasMessageContaining("file name");
    assertThatThrownBy(() -> Main.Arguments.parse(new String[] {"--jsn"}))
        .hasMessageContaining("--jsn");
  }
}
