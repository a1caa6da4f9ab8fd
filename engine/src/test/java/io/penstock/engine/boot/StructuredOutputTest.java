package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.runtime.Recorder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Constraints in a running engine: their ends, and what else a request may ask for. */
class StructuredOutputTest {
  private static final Path SMOLLM2 = Path.of("../models/SmolLM2-135M-Instruct.Q4_1.gguf");
  private static final OutputConstraint PERSON =
      new OutputConstraint.Json(
          """
          {"type": "object",
           "properties": {"first_name_of_the_person": {"type": "string", "maxLength": 12},
                          "year_of_the_persons_birth": {"type": "integer", "minimum": 1900, "maximum": 2020}},
           "required": ["first_name_of_the_person", "year_of_the_persons_birth"],
           "additionalProperties": false}
          """);
  private static InferenceEngine engine;
  private static int submitted;

  @BeforeAll
  static void load() {
    engine = EngineFactory.load(EngineOptions.of("smollm2", SMOLLM2), LoadProgress.NONE);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static SamplingParams sampling(
      double temperature, int max, int min, List<String> stop, int n, boolean logprobs) {
    return new SamplingParams(
        temperature,
        1,
        0,
        0,
        1,
        0,
        0,
        Map.of(),
        5L,
        max,
        min,
        stop,
        List.of(),
        false,
        n,
        logprobs,
        logprobs ? 2 : 0,
        true,
        false);
  }

  private static Recorder submit(OutputConstraint constraint, SamplingParams sampling) {
    Recorder recorder = new Recorder(sampling.n());
    engine.submit(
        new GenerateRequest(
            "structured-" + submitted++,
            "tenant",
            ServiceTier.DEFAULT,
            0,
            engine.text().encode("Somebody, as JSON: ", false, false),
            sampling,
            TenantTerms.DEFAULT,
            null,
            constraint),
        recorder);
    return recorder;
  }

  private static void requirePerson(String text) {
    JsonNode person = JsonMapper.shared().readTree(text);
    assertThat(person.propertyNames())
        .containsExactly("first_name_of_the_person", "year_of_the_persons_birth");
    assertThat(person.get("year_of_the_persons_birth").intValue()).isBetween(1900, 2020);
  }

  @Test
  void everyChoiceMatchesAndEndsWhenItIsComplete() {
    Recorder recorder = submit(PERSON, sampling(1, 200, 0, List.of(), 4, false)).await();
    Set<String> texts = new java.util.HashSet<>();
    for (int choice = 0; choice < 4; choice++) {
      assertThat(recorder.finished(choice).reason()).isEqualTo(FinishReason.STOP);
      assertThat(recorder.finished(choice).stopReason()).isNull();
      requirePerson(recorder.text(choice));
      texts.add(recorder.text(choice));
    }
    assertThat(texts).hasSizeGreaterThan(1);
  }

  @Test
  void forcedTextTakesFewerStepsThanTokens() {
    long steps = engine.metrics().steps();
    Recorder jumped = submit(PERSON, sampling(0, 200, 0, List.of(), 1, false)).await();
    int tokens = jumped.tokens(0).size();
    assertThat(engine.metrics().steps() - steps).isLessThan(tokens - 4);
    requirePerson(jumped.text(0));
    assertThat(jumped.finished(0).stats().completionTokens()).isEqualTo(tokens);
  }

  @Test
  void logprobsAreThoseOfTheModelForEveryToken() {
    Recorder recorder = submit(PERSON, sampling(1, 200, 0, List.of(), 1, true)).await();
    requirePerson(recorder.text(0));
    List<TokenLogprob> tokens =
        recorder.events().stream()
            .filter(GenerateEvent.Token.class::isInstance)
            .map(event -> ((GenerateEvent.Token) event).token())
            .toList();
    assertThat(tokens).hasSizeGreaterThan(10);
    assertThat(tokens).allMatch(token -> token.logprob() <= 0 && token.top().size() == 2);
  }

  @Test
  void whatIsCutOffSaysSo() {
    for (int most : new int[] {1, 3, 5, 8}) {
      Recorder recorder = submit(PERSON, sampling(0, most, 0, List.of(), 1, false)).await();
      assertThat(recorder.finished(0).reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(recorder.tokens(0)).hasSize(most);
    }
  }

  @Test
  void whatWouldBeCutIsBroughtToItsEndIfThatIsPossible() {
    for (int most : new int[] {12, 30, 45}) {
      Recorder recorder =
          submit(new OutputConstraint.JsonObject(), sampling(1, most, 0, List.of(), 4, false))
              .await();
      for (int choice = 0; choice < 4; choice++) {
        assertThat(JsonMapper.shared().readTree(recorder.text(choice)).isObject()).isTrue();
        assertThat(recorder.tokens(choice)).hasSizeLessThanOrEqualTo(most);
      }
    }
  }

  @Test
  void stopStringsAndLeastLengthsDoNotBreakIt() {
    Recorder stopped = submit(PERSON, sampling(0, 200, 0, List.of("year_of"), 1, false)).await();
    assertThat(stopped.finished(0).stopReason()).isEqualTo("year_of");
    assertThat(stopped.text(0)).startsWith("{").doesNotContain("year_of");
    Recorder longer =
        submit(new OutputConstraint.Regex("ab?"), sampling(1, 50, 40, List.of(), 1, false)).await();
    assertThat(longer.text(0)).isEqualTo("ab");
  }

  @Test
  void itsOwnSeedDecidesWhateverElseRuns() {
    String alone = submit(PERSON, sampling(1, 200, 0, List.of(), 1, false)).await().text(0);
    List<Recorder> together = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      together.add(submit(i % 2 == 0 ? PERSON : null, sampling(1, 80, 0, List.of(), 1, false)));
    }
    for (int i = 0; i < 6; i += 2) {
      assertThat(together.get(i).await().text(0)).isEqualTo(alone);
    }
    for (int i = 1; i < 6; i += 2) {
      together.get(i).await();
    }
  }

  @Test
  void whatCannotBeCompiledIsRefusedBeforeItIsQueued() {
    OutputConstraint broken = new OutputConstraint.Json("{\"divisibleBy\": 2}");
    assertThatThrownBy(() -> engine.prepare(broken)).isInstanceOf(ConstraintException.class);
    assertThatThrownBy(() -> submit(broken, sampling(1, 9, 0, List.of(), 1, false)))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("'divisibleBy' is not supported");
  }
}
