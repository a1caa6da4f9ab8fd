package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.runtime.Recorder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Log-probabilities of a prompt's own tokens, by the logits of another implementation. */
class PromptLogprobsTest {
  private static final Path TINY = Path.of("src/test/fixtures/tiny");
  private static final int CHUNK = 24; // less than the prompt: it takes several steps
  private static final int TOP = 3;

  private static InferenceEngine engine(String model, long cacheBytes) {
    return EngineFactory.load(
        new EngineOptions(
            model,
            TINY.resolve(model),
            EngineOptions.BackendChoice.CPU,
            2,
            128,
            cacheBytes,
            0,
            8,
            CHUNK,
            16,
            0,
            1),
        LoadProgress.NONE);
  }

  private static int[] ids(InferenceEngine engine, int count, long seed) {
    return new Random(seed).ints(count, 0, engine.model().vocabSize()).toArray();
  }

  private static Recorder submit(
      InferenceEngine engine, String id, int[] prompt, SamplingParams sampling, Integer top) {
    Recorder recorder = new Recorder(sampling.n());
    engine.submit(
        new GenerateRequest(
            id,
            "tenant",
            ServiceTier.DEFAULT,
            0,
            prompt,
            sampling,
            TenantTerms.DEFAULT,
            null,
            null,
            top),
        recorder);
    return recorder;
  }

  private static SamplingParams sampling(int maxTokens, int n) {
    return new SamplingParams(
        0, 1, 0, 0, 1, 0, 0, Map.of(), null, maxTokens, 0, List.of(), List.of(), true, n, true, TOP,
        true, false);
  }

  private static List<TokenLogprob> told(Recorder recorder) {
    List<GenerateEvent> events = recorder.await().events();
    List<List<TokenLogprob>> prompts =
        events.stream()
            .flatMap(e -> e instanceof GenerateEvent.Prompt p ? Stream.of(p.tokens()) : null)
            .toList();
    assertThat(prompts).as("told once").hasSize(1);
    assertThat(events.getFirst()).as("before any token").isInstanceOf(GenerateEvent.Prompt.class);
    return prompts.getFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa", "qwen3", "mistral-swa", "llama-dynamic"})
  void areThoseOfTheLogitsBeforeEachToken(String model) {
    try (InferenceEngine engine = engine(model, 0);
        LoadedModel reference = new LoadedModel(TINY.resolve(model), 128, 128)) {
      int[] prompt = ids(engine, 50, 3);
      List<TokenLogprob> tokens = told(submit(engine, "a", prompt, sampling(2, 1), TOP));

      assertThat(tokens).extracting(TokenLogprob::id).containsExactly(boxed(prompt));
      assertThat(tokens.getFirst().logprob()).isNaN();
      assertThat(tokens.getFirst().top()).isEmpty();
      for (int i = 1; i < prompt.length; i++) {
        float[] logits = reference.logits(prompt, i - 1, 128)[0];
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit);
        }
        double logSum = Math.log(sum);
        assertThat(tokens.get(i).logprob()).isCloseTo(logits[prompt[i]] - logSum, within(1e-3));
        assertThat(tokens.get(i).top()).hasSize(TOP);
        for (TokenLogprob.Alternative best : tokens.get(i).top()) {
          assertThat(best.logprob()).isCloseTo(logits[best.id()] - logSum, within(1e-3));
        }
      }
    }
  }

  private static Integer[] boxed(int[] ids) {
    return Arrays.stream(ids).boxed().toArray(Integer[]::new);
  }

  /**
   * A text that was generated, given back as a prompt, is worth what it was when it was written.
   */
  @Test
  void areThoseOfTheTextWhenItWasGenerated() {
    try (InferenceEngine engine = engine("llama-gqa", 0)) {
      int[] prompt = ids(engine, 20, 5);
      Recorder written = submit(engine, "w", prompt, sampling(40, 1), null).await();
      List<TokenLogprob> generated =
          written.events().stream()
              .filter(GenerateEvent.Token.class::isInstance)
              .map(e -> ((GenerateEvent.Token) e).token())
              .toList();
      int[] whole = Arrays.copyOf(prompt, 60);
      for (int i = 0; i < 40; i++) {
        whole[20 + i] = generated.get(i).id();
      }
      List<TokenLogprob> told = told(submit(engine, "r", whole, sampling(1, 1), TOP));
      assertThat(told.subList(20, 60)).isEqualTo(generated);
    }
  }

  /** What is cached of a prompt has no hidden states, so all of it is computed. */
  @Test
  void comeAlsoWhereThePromptIsCached() {
    try (InferenceEngine engine = engine("llama-gqa", 0)) {
      int[] prompt = ids(engine, 70, 6);
      List<TokenLogprob> first = told(submit(engine, "a", prompt, sampling(1, 1), TOP));
      submit(engine, "b", prompt, sampling(1, 1), null).await();
      Recorder third = submit(engine, "c", prompt, sampling(1, 1), TOP);
      assertThat(told(third)).isEqualTo(first);
      assertThat(third.finished(0).stats().cachedTokens()).isZero();
    }
  }

  @Test
  void comeOnceForAllChoices() {
    try (InferenceEngine engine = engine("llama-gqa", 0)) {
      int[] prompt = ids(engine, 50, 7);
      List<TokenLogprob> alone = told(submit(engine, "a", prompt, sampling(3, 1), 0));
      assertThat(told(submit(engine, "b", prompt, sampling(3, 4), 0))).isEqualTo(alone);
    }
  }

  @Test
  void aPromptOfOneTokenHasNone() {
    try (InferenceEngine engine = engine("llama-gqa", 0)) {
      List<TokenLogprob> told = told(submit(engine, "a", new int[] {5}, sampling(3, 2), TOP));
      assertThat(told).hasSize(1);
      assertThat(told.getFirst().logprob()).isNaN();
    }
  }

  /** Others in the same steps change nothing, nor does being preempted amid them. */
  @Test
  void areTheSameBesideOthers() {
    try (InferenceEngine engine = engine("llama-gqa", 0);
        InferenceEngine narrow = engine("llama-gqa", 20 * engine.model().kvBlockBytes())) {
      List<List<TokenLogprob>> alone = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        alone.add(told(submit(engine, "a" + i, ids(engine, 60, i), sampling(50, 1), TOP)));
      }
      List<Recorder> together = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        together.add(
            submit(narrow, "b" + i, ids(engine, 60, i), sampling(50, 1), i < 5 ? TOP : null));
      }
      for (int i = 0; i < 5; i++) {
        assertThat(told(together.get(i))).isEqualTo(alone.get(i));
      }
      assertThat(together.get(5).await().events())
          .noneMatch(GenerateEvent.Prompt.class::isInstance);
      assertThat(narrow.metrics().preemptions()).isPositive();
    }
  }

  /** As those who score texts ask: nothing is sampled, and the prompt is told all the same. */
  @Test
  void comeWithoutGenerating() {
    try (InferenceEngine engine = engine("llama-gqa", 0)) {
      int[] prompt = ids(engine, 50, 8);
      List<TokenLogprob> expected = told(submit(engine, "a", prompt, sampling(2, 1), TOP));
      Recorder alone = submit(engine, "b", prompt, sampling(0, 1), TOP);
      assertThat(told(alone)).isEqualTo(expected);
      requireNothingGenerated(alone, 1, 50);
      Recorder three = submit(engine, "c", prompt, sampling(0, 3), TOP);
      assertThat(told(three)).isEqualTo(expected);
      requireNothingGenerated(three, 3, 50);
      Recorder shortest = submit(engine, "d", new int[] {5}, sampling(0, 2), TOP);
      assertThat(told(shortest)).hasSize(1);
      requireNothingGenerated(shortest, 2, 1);
      Recorder unscored = submit(engine, "e", prompt, sampling(0, 2), null).await();
      assertThat(unscored.events()).noneMatch(GenerateEvent.Prompt.class::isInstance);
      requireNothingGenerated(unscored, 2, 50);
      Recorder goesOn = submit(engine, "f", prompt, sampling(4, 1), null).await();
      assertThat(goesOn.tokens(0)).hasSize(4);
    }
  }

  private static void requireNothingGenerated(Recorder recorder, int choices, int promptTokens) {
    assertThat(recorder.events()).noneMatch(GenerateEvent.Token.class::isInstance);
    for (int choice = 0; choice < choices; choice++) {
      assertThat(recorder.finished(choice).reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(recorder.finished(choice).error()).isNull();
      assertThat(recorder.finished(choice).stats().completionTokens()).isZero();
      assertThat(recorder.finished(choice).stats().promptTokens()).isEqualTo(promptTokens);
    }
  }
}
