package io.penstock.api.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.api.gateway.Transcript;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptWriterTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final PromptWriter writer = new PromptWriter(null, registry);

  private static Transcript transcript(int promptTokens) {
    return new Transcript(
        "req",
        UUID.randomUUID(),
        UUID.randomUUID(),
        null,
        List.of(new int[promptTokens]),
        List.of("answer"),
        6,
        Instant.now());
  }

  private double dropped() {
    return registry.counter("penstock.prompts.dropped", "cause", "full").count();
  }

  @Test
  void whatThereIsNoRoomForIsDroppedAndCounted() {
    for (int i = 0; i < 1000; i++) {
      writer.keep(transcript(1));
    }
    assertThat(dropped()).isZero();
    writer.keep(transcript(1));
    writer.keep(transcript(1));
    assertThat(dropped()).isEqualTo(2);
    assertThat(registry.get("penstock.prompts.waiting").gauge().value()).isEqualTo(1000);
  }

  @Test
  void longPromptsTakeNoMoreMemoryThanThereIsRoomFor() {
    for (int i = 0; i < 20; i++) {
      writer.keep(transcript(1 << 20)); // 4 MiB
    }
    assertThat(registry.get("penstock.prompts.waiting").gauge().value()).isEqualTo(7);
    assertThat(dropped()).isEqualTo(13);
  }

  @ParameterizedTest
  @CsvSource({
    "a, 65536, 65536",
    "\u00e9, 40000, 65536",
    "\u20ac, 30000, 65535",
    "\ud83d\ude00, 20000, 65536"
  })
  void textsAreCutBetweenCharacters(String character, int times, int bytes) {
    List<String> cut = KeptText.cut(List.of(character.repeat(times), "more"));
    assertThat(KeptText.bytes(cut.subList(0, 1))).isEqualTo(bytes);
    assertThat(cut.get(0)).matches("(" + character + ")+");
    assertThat(KeptText.bytes(cut)).isLessThanOrEqualTo(KeptText.MOST_BYTES);
  }

  @Test
  void whatTheDatabaseCannotHoldIsReplaced() {
    assertThat(KeptText.cut(List.of("a\0b", "\ud800x", ""))).containsExactly("a\uFFFDb", "?x", "");
  }
}
