package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.Dequantizer;
import io.penstock.engine.core.EmbeddingParams;
import io.penstock.engine.core.Pooling;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.runtime.Recorder;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Embeddings by decoders. What they pool is checked by the logits that follow from it, whose
 * reference is another implementation's.
 */
class DecoderEmbeddingTest {
  private static final Path TINY = Path.of("src/test/fixtures/tiny");
  private static final int CHUNK = 24; // less than the input: it takes several steps

  private static InferenceEngine engine(String model) {
    return EngineFactory.load(
        new EngineOptions(
            model,
            TINY.resolve(model),
            EngineOptions.BackendChoice.CPU,
            2,
            128,
            0,
            0,
            8,
            CHUNK,
            16,
            0,
            1),
        LoadProgress.NONE);
  }

  private static int[] ids(int vocab, int count, long seed) {
    return new Random(seed).ints(count, 0, vocab).toArray();
  }

  private static EmbeddingParams raw(InferenceEngine engine, Pooling pooling) {
    return new EmbeddingParams(pooling, engine.model().embedding().dimensions(), false);
  }

  @Test
  void aHiddenStateTimesTheOutputMatrixIsTheLogits() {
    for (String model : List.of("qwen3", "llama-gqa", "mistral-swa", "llama-dynamic")) {
      try (InferenceEngine engine = engine(model);
          Checkpoint checkpoint = Checkpoints.open(TINY.resolve(model));
          LoadedModel reference = new LoadedModel(TINY.resolve(model), 128, 128)) {
        int[] ids = ids(engine.model().vocabSize(), 50, 3);
        float[] state = Embedded.of(engine, raw(engine, Pooling.LAST), List.of(ids))[0];
        float[] first = Embedded.of(engine, raw(engine, Pooling.CLS), List.of(ids))[0];
        float[] expected = reference.logits(ids, ids.length - 1, 128)[0];
        assertLogits(checkpoint, state, expected);
        float[] expectedFirst = reference.logits(ids, 0, 128)[0];
        assertLogits(checkpoint, first, expectedFirst);
      }
    }
  }

  private static void assertLogits(Checkpoint checkpoint, float[] state, float[] expected) {
    TensorView head =
        checkpoint.tensor(
            checkpoint.config().tieWordEmbeddings()
                ? "model.embed_tokens.weight"
                : "lm_head.weight");
    float[] row = new float[head.columns()];
    for (int v = 0; v < head.rows(); v++) {
      Dequantizer.row(head, v, row, 0);
      double logit = 0;
      for (int i = 0; i < row.length; i++) {
        logit += (double) row[i] * state[i];
      }
      assertThat(logit).isCloseTo(expected[v], within(1e-3));
    }
  }

  /** Attention is causal, so a token's state is that of the text that ends with it. */
  @Test
  void theMeanIsThatOfAllPrefixesLastStates() {
    try (InferenceEngine engine = engine("qwen3")) {
      int[] ids = ids(engine.model().vocabSize(), 40, 4);
      double[] mean = new double[engine.model().embedding().dimensions()];
      List<int[]> prefixes =
          IntStream.rangeClosed(1, ids.length).mapToObj(n -> Arrays.copyOf(ids, n)).toList();
      for (float[] state : Embedded.of(engine, raw(engine, Pooling.LAST), prefixes)) {
        for (int i = 0; i < mean.length; i++) {
          mean[i] += state[i] / ids.length;
        }
      }
      float[] pooled = Embedded.of(engine, raw(engine, Pooling.MEAN), List.of(ids))[0];
      for (int i = 0; i < mean.length; i++) {
        assertThat((double) pooled[i]).isCloseTo(mean[i], within(1e-5));
      }
      float[] cut =
          Embedded.of(engine, new EmbeddingParams(Pooling.MEAN, 9, true), List.of(ids))[0];
      double length = 0;
      for (int i = 0; i < cut.length; i++) {
        length += mean[i] * mean[i];
      }
      for (int i = 0; i < cut.length; i++) {
        assertThat((double) cut[i]).isCloseTo(mean[i] / Math.sqrt(length), within(1e-5));
      }
    }
  }

  /** In the same steps as texts that are generated, to which nothing happens. */
  @Test
  void isTheSameBesideTextsThatAreGenerated() {
    try (InferenceEngine engine = engine("llama-gqa")) {
      int vocab = engine.model().vocabSize();
      List<int[]> inputs =
          List.of(ids(vocab, 60, 5), ids(vocab, 1, 6), ids(vocab, 33, 7), ids(vocab, 100, 8));
      EmbeddingParams params = raw(engine, Pooling.MEAN);
      float[][] alone = new float[inputs.size()][];
      for (int i = 0; i < alone.length; i++) {
        alone[i] = Embedded.of(engine, params, List.of(inputs.get(i)))[0];
      }
      List<Integer> quiet = generate(engine, vocab, 0).await().tokens(0);
      Recorder first = generate(engine, vocab, 1);
      Recorder embedded = Embedded.submit(engine, params, inputs);
      Recorder second = generate(engine, vocab, 2);
      assertThat(Embedded.vectors(embedded, inputs)).isDeepEqualTo(alone);
      assertThat(first.await().tokens(0)).isEqualTo(quiet);
      assertThat(second.await().tokens(0)).isEqualTo(quiet);
    }
  }

  private static Recorder generate(InferenceEngine engine, int vocab, int number) {
    Recorder recorder = new Recorder(1);
    engine.submit(
        new GenerateRequest(
            "generate-" + number,
            "other",
            ServiceTier.DEFAULT,
            0,
            ids(vocab, 30, 9),
            SamplingParams.greedy(20)),
        recorder);
    return recorder;
  }
}
