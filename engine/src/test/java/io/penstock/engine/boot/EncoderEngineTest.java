package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.EmbeddingParams;
import io.penstock.engine.core.InvalidParameterException;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.Pooling;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A whole encoder behind its engine, against the same model in double. */
class EncoderEngineTest {
  private static final TinyBert BERT = new TinyBert(1);
  private static final List<int[]> INPUTS = inputs(40);

  @TempDir static Path folder;
  private static InferenceEngine engine;

  @BeforeAll
  static void load() throws Exception {
    engine = engine(BERT.write(folder, "mean_tokens", true), 64);
  }

  private static InferenceEngine engine(Path folder, int maxNumBatchedTokens) {
    return EngineFactory.load(
        new EngineOptions(
            "bert",
            folder,
            EngineOptions.BackendChoice.CPU,
            2,
            0,
            0,
            0,
            8,
            maxNumBatchedTokens,
            16,
            0,
            1),
        LoadProgress.NONE);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  /** Of 1 to 50 tokens, so that steps have from one to eight of them. */
  private static List<int[]> inputs(int count) {
    Random random = new Random(2);
    List<int[]> inputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      inputs.add(
          random.ints(i < 2 ? 1 + 49 * i : 1 + random.nextInt(50), 0, TinyBert.VOCAB).toArray());
    }
    return inputs;
  }

  private static double[] expected(int[] ids, EmbeddingParams params) {
    double[][] states = BERT.states(ids);
    double[] pooled = new double[params.dimensions()];
    for (int i = 0; i < pooled.length; i++) {
      for (double[] state : states) {
        pooled[i] += state[i] / states.length;
      }
      if (params.pooling() != Pooling.MEAN) {
        pooled[i] = states[params.pooling() == Pooling.CLS ? 0 : ids.length - 1][i];
      }
    }
    double length = 0;
    for (double value : pooled) {
      length += value * value;
    }
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] /= params.normalize() ? Math.sqrt(length) : 1;
    }
    return pooled;
  }

  @ParameterizedTest
  @EnumSource
  void agreesWithTheModelInDouble(Pooling pooling) {
    EmbeddingParams whole = new EmbeddingParams(pooling, TinyBert.HIDDEN, true);
    EmbeddingParams cut = new EmbeddingParams(pooling, 7, true);
    EmbeddingParams raw = new EmbeddingParams(pooling, TinyBert.HIDDEN, false);
    for (EmbeddingParams params : List.of(whole, cut, raw)) {
      float[][] vectors = Embedded.of(engine, params, INPUTS);
      for (int i = 0; i < vectors.length; i++) {
        double[] expected = expected(INPUTS.get(i), params);
        assertThat(vectors[i]).hasSize(params.dimensions());
        for (int c = 0; c < expected.length; c++) {
          assertThat((double) vectors[i][c]).isCloseTo(expected[c], within(2e-5));
        }
      }
    }
  }

  @Test
  void anInputIsTheSameBitsAloneAndInABatch() {
    EmbeddingParams params = new EmbeddingParams(Pooling.MEAN, TinyBert.HIDDEN, true);
    float[][] together = Embedded.of(engine, params, INPUTS);
    for (int i = 0; i < together.length; i++) {
      assertThat(Embedded.of(engine, params, List.of(INPUTS.get(i)))[0]).isEqualTo(together[i]);
    }
  }

  @Test
  void saysWhatItIs() {
    assertThat(engine.model().generates()).isFalse();
    assertThat(engine.model().maxModelLen()).isEqualTo(50);
    assertThat(engine.model().embedding().dimensions()).isEqualTo(TinyBert.HIDDEN);
    assertThat(engine.model().embedding().pooling()).isEqualTo(Pooling.MEAN);
    assertThat(engine.model().embedding().normalize()).isTrue();
  }

  @Test
  void tokenizesAsBertDoes() {
    assertThat(engine.text().encode("The CAF\u00c9s, unwanted!", true, true))
        .containsExactly(2, 5, 6, 7, 13, 8, 9, 10, 14, 3);
    assertThat(engine.text().encode("\u4e2d\u6587 xyz running", true, true))
        .containsExactly(2, 15, 16, 1, 11, 12, 3);
    assertThat(engine.text().encode("", true, true)).containsExactly(2, 3);
    assertThat(engine.text().encode("The", false, true)).containsExactly(5);
  }

  @Test
  void refusesWhatItCannotDo() {
    EmbeddingParams params = new EmbeddingParams(Pooling.MEAN, TinyBert.HIDDEN, true);
    GenerateEvent.Rejected tooLong =
        Embedded.submit(engine, params, List.of(new int[] {1}, new int[51])).await().rejected();
    assertThat(tooLong.cause()).isEqualTo(GenerateEvent.Rejected.Cause.TOO_LONG);
    assertThat(tooLong.message()).contains("51", "50");
    assertThatThrownBy(() -> Embedded.submit(engine, params, List.of(new int[0])))
        .isInstanceOf(InvalidParameterException.class);
    assertThatThrownBy(() -> Embedded.submit(engine, params, List.of(new int[] {TinyBert.VOCAB})))
        .isInstanceOf(InvalidParameterException.class);
    assertThatThrownBy(
            () ->
                Embedded.submit(
                    engine, new EmbeddingParams(Pooling.CLS, 49, true), List.of(new int[] {1})))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("48");
    assertThatThrownBy(
            () ->
                engine.submit(
                    new GenerateRequest(
                        "g", "t", ServiceTier.DEFAULT, 0, new int[] {1}, SamplingParams.greedy(1)),
                    _ -> {}))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("embeds");
  }

  @Test
  void stepsMustHoldTheLongestInput() {
    assertThatThrownBy(() -> engine(folder, 49))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("max-num-batched-tokens")
        .hasMessageContaining("50");
  }
}
