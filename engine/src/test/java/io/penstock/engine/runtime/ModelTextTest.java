package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.client.ChatTemplateException;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelTextTest {
  private static final ModelText TEXT = load("qwen3");

  private static ModelText load(String model) {
    try (Checkpoint checkpoint = Checkpoints.open(Path.of("src/test/fixtures/tiny", model))) {
      return ModelText.of(checkpoint.tokenizer());
    }
  }

  private static SamplingParams stop(boolean include, String... stops) {
    return new SamplingParams(
        0,
        1,
        0,
        0,
        1,
        0,
        0,
        Map.of(),
        null,
        9,
        0,
        List.of(stops),
        List.of(),
        false,
        1,
        false,
        0,
        true,
        include);
  }

  /** Everything a choice would send for this text's tokens. */
  private static String stream(String text, SamplingParams sampling) {
    TextStream stream = TEXT.stream(new int[] {1}, sampling);
    StringBuilder out = new StringBuilder();
    for (int id : TEXT.encode(text, false, false)) {
      out.append(stream.append(id, true));
    }
    return out.append('|')
        .append(stream.finish())
        .append('|')
        .append(stream.matchedStop())
        .toString();
  }

  @Test
  void streamsTextWithCharactersOfSeveralTokens() {
    assertThat(stream("Grüße, 世界 🙂", stop(false))).isEqualTo("Grüße, 世界 🙂||null");
  }

  @Test
  void textThatMayBeginAStopStringIsHeldBack() {
    assertThat(stream("one two", stop(false, "two three"))).isEqualTo("one |two|null");
    assertThat(stream("one two three", stop(false, "wo th"))).isEqualTo("one t||wo th");
    assertThat(stream("one two three", stop(true, "wo th"))).isEqualTo("one two th||wo th");
  }

  @Test
  void aRefusingTemplateIsTheClientsException() {
    assertThat(TEXT.hasChatTemplate()).isTrue();
    assertThatThrownBy(
            () -> TEXT.renderChat(List.of(Map.of("role", 1)), null, true, Map.of("x", "y")))
        .isInstanceOf(ChatTemplateException.class);
  }
}
