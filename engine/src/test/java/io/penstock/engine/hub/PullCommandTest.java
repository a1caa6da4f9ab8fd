package io.penstock.engine.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullCommandTest {
  @TempDir Path cache;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(HubStandIn hub, boolean terminal, String... args) {
    return PullCommand.run(
        args,
        Map.of("HF_ENDPOINT", hub.endpoint().toString(), "HF_HUB_CACHE", cache.toString()),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        terminal);
  }

  @Test
  void printsLinesAndThePlace() throws Exception {
    try (HubStandIn hub = new HubStandIn().with(Path.of("src/test/fixtures/tiny/llama"))) {
      assertThat(run(hub, false, HubStandIn.REPO)).isZero();
    }
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .contains("model.safetensors 100% of 905.0 kB")
        .last()
        .isEqualTo(cache.resolve("models--acme--tiny/snapshots/" + HubStandIn.COMMIT).toString());
    assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("\r");
    assertThat(err.size()).isZero();
  }

  @Test
  void drawsABarOnATerminal() throws Exception {
    try (HubStandIn hub = new HubStandIn().with(Path.of("src/test/fixtures/tiny/llama"))) {
      assertThat(run(hub, true, HubStandIn.REPO)).isZero();
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("\r\033[Kmodel.safetensors [" + "#".repeat(30) + "] 100% of 905.0 kB");
  }

  @Test
  void saysWhatIsWrong() {
    try (HubStandIn hub = new HubStandIn()) {
      assertThat(run(hub, false, "acme/none")).isEqualTo(1);
      assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("error: ").contains("no such");
      assertThat(run(hub, false, "nothing")).isEqualTo(1);
    }
  }

  @Test
  void explainsItself() {
    try (HubStandIn hub = new HubStandIn()) {
      assertThat(run(hub, false)).isEqualTo(2);
      assertThat(err.toString(StandardCharsets.UTF_8)).contains("usage: penstock pull");
    }
  }
}
