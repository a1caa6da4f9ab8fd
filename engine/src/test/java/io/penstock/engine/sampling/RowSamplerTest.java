package io.penstock.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.core.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RowSamplerTest {
  private final RowSampler sampler = new RowSampler();

  private static float[] logits(long seed, int vocab) {
    Random random = new Random(seed);
    float[] logits = new float[vocab];
    for (int i = 0; i < vocab; i++) {
      logits[i] = (float) random.nextGaussian() * 3;
    }
    return logits;
  }

  /** The kept tokens with their probabilities, best first, by sorting everything. */
  private static Map<Integer, Double> reference(float[] logits, SamplingParams p) {
    List<Integer> ids = new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
    ids.sort((a, b) -> logits[a] != logits[b] ? Float.compare(logits[b], logits[a]) : a - b);
    float max = logits[ids.getFirst()];
    double[] weights = new double[logits.length];
    float inverse = (float) (1 / p.temperature());
    Arrays.setAll(weights, i -> Exp.of((logits[i] - max) * inverse));
    ids.removeIf(id -> weights[id] < (float) p.minP());
    if (p.topK() > 0 && p.topK() < ids.size()) {
      ids = ids.subList(0, p.topK());
    }
    double mass = ids.stream().mapToDouble(id -> weights[id]).sum();
    double kept = 0;
    int size = 0;
    while (size < ids.size() && (size == 0 || kept < p.topP() * mass)) {
      kept += weights[ids.get(size++)];
    }
    Map<Integer, Double> probabilities = new LinkedHashMap<>();
    for (int id : ids.subList(0, size)) {
      probabilities.put(id, weights[id] / kept);
    }
    return probabilities;
  }

  @Property(tries = 300)
  void keepsExactlyTheTokensThatAFullSortKeeps(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 400) int vocab,
      @ForAll @IntRange(max = 60) int topK,
      @ForAll @DoubleRange(min = 0.05, max = 1) double topP,
      @ForAll @DoubleRange(min = 0, max = 0.3) double minP,
      @ForAll @DoubleRange(min = 0.2, max = 2) double temperature) {
    float[] logits = logits(seed, vocab);
    SamplingParamsBuilder builder =
        new SamplingParamsBuilder().truncation(topK, topP, minP).temperature(temperature);
    Map<Integer, Double> expected = reference(logits, builder.build());
    for (int i = 0; i < 50; i++) {
      assertThat(sampler.sample(logits, builder.state(seed + i))).isIn(expected.keySet());
    }
  }

  @Test
  void drawsByTheRenormalisedProbabilities() {
    float[] logits = logits(1, 40);
    List<SamplingParamsBuilder> settings =
        List.of(
            new SamplingParamsBuilder(),
            new SamplingParamsBuilder().temperature(0.6),
            new SamplingParamsBuilder().truncation(7, 1, 0),
            new SamplingParamsBuilder().truncation(0, 0.8, 0),
            new SamplingParamsBuilder().truncation(0, 1, 0.05),
            new SamplingParamsBuilder().truncation(12, 0.9, 0.02).temperature(1.5));
    for (SamplingParamsBuilder setting : settings) {
      Map<Integer, Double> expected = reference(logits, setting.build());
      int[] observed = new int[logits.length];
      SamplingState state = setting.state(99);
      for (int i = 0; i < 40_000; i++) {
        int token = sampler.sample(logits, state);
        observed[token]++;
        state.accept(token);
      }
      // Bins that expect fewer than five draws would spoil the approximation; they go together.
      int[] binOf = new int[logits.length];
      double[] probabilities = new double[logits.length];
      for (int id = 0; id < logits.length; id++) {
        double p = expected.getOrDefault(id, 0.0);
        binOf[id] = p > 0 && p * 40_000 < 5 ? 0 : id;
        probabilities[binOf[id]] += p;
      }
      int[] binned = new int[logits.length];
      for (int id = 0; id < logits.length; id++) {
        binned[binOf[id]] += observed[id];
      }
      assertThat(ChiSquare.statistic(binned, i -> probabilities[i]))
          .as(setting.build().toString())
          .isLessThan(ChiSquare.critical(Math.max(1, expected.size() - 1)));
    }
  }

  @Test
  void theExponentialIsAccurateToAFloat() {
    for (float x = 0; x > -87; x -= 0.00137f) {
      assertThat(Exp.of(x) / Math.exp(x)).isCloseTo(1, within(1.2e-7));
    }
    assertThat(Exp.of(0)).isEqualTo(1);
    assertThat(Exp.of(-88)).isZero();
    assertThat(Exp.of(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(Exp.of(Float.NaN)).isNaN();
  }

  @Test
  void greedyTakesTheLowestIdOfEqualLogits() {
    SamplingState greedy = new SamplingParamsBuilder().temperature(0).state(1);
    assertThat(sampler.sample(new float[] {1, 5, 5, -1}, greedy)).isEqualTo(1);
  }

  @Test
  void equalLogitsAreKeptByLowerId() {
    float[] logits = new float[50];
    SamplingState state = new SamplingParamsBuilder().truncation(3, 1, 0).state(5);
    List<Integer> drawn = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      drawn.add(sampler.sample(logits, state));
      state.accept(drawn.getLast());
    }
    assertThat(drawn).containsOnly(0, 1, 2).contains(0, 1, 2);
  }

  @Test
  void extremeTemperaturesStayFinite() {
    float[] logits = {-3, 10, 9.5f, 2};
    assertThat(
            sampler.sample(
                logits, new SamplingParamsBuilder().temperature(Double.MIN_VALUE).state(1)))
        .isEqualTo(1);
    assertThat(
            sampler.sample(
                logits,
                new SamplingParamsBuilder().temperature(1e300).truncation(2, 1, 0).state(1)))
        .isIn(0, 1); // all weights are 1: the lowest ids
    float[] masked = {Float.NEGATIVE_INFINITY, 1};
    assertThat(sampler.sample(masked, new SamplingParamsBuilder().temperature(1e300).state(1)))
        .isEqualTo(1);
  }

  @Test
  void penaltiesChangeSeenTokensOnly() {
    SamplingParamsBuilder builder = new SamplingParamsBuilder();
    builder.repetition = 2;
    builder.presence = 0.5;
    builder.frequency = 0.25;
    builder.bias = Map.of(4, 3f, 99, 1f);
    SamplingState state = builder.state(1, 0, 3);
    state.accept(1);
    state.accept(1);
    float[] logits = {2, 2, 2, -2, 0};
    state.adjust(logits);
    assertThat(logits).containsExactly(1, 0, 2, -4, 3);
  }

  @Test
  void endTokensWaitForTheMinimumLength() {
    SamplingParamsBuilder builder = new SamplingParamsBuilder().temperature(0);
    builder.minTokens = 1;
    SamplingState state = builder.state(1);
    float[] logits = {0, 1, 9};
    assertThat(sampler.sample(logits, state)).isEqualTo(1);
    state.accept(1);
    assertThat(sampler.sample(logits, state)).isEqualTo(2);
    assertThat(logits).containsExactly(0, 1, 9);
  }

  @Test
  void logitsThatAreNotFiniteGiveNoToken() {
    SamplingState greedy = new SamplingParamsBuilder().temperature(0).state(1);
    SamplingState random = new SamplingParamsBuilder().state(1);
    float[] nan = {Float.NaN, Float.NaN};
    assertThat(sampler.sample(nan, greedy)).isEqualTo(Sampled.NONE);
    assertThat(sampler.sample(new float[] {1, Float.NaN}, random)).isEqualTo(Sampled.NONE);
    assertThat(sampler.sample(new float[] {1, Float.POSITIVE_INFINITY}, random))
        .isEqualTo(Sampled.NONE);
  }

  @Test
  void logprobsComeFromTheRawLogits() {
    float[] logits = logits(3, 1000);
    Sampled sampled = Logprobs.of(17, logits, 5);
    double sum = IntStream.range(0, 1000).mapToDouble(i -> Math.exp(logits[i])).sum();
    assertThat(sampled.logprob()).isCloseTo(logits[17] - Math.log(sum), within(1e-6));
    int[] sorted =
        IntStream.range(0, 1000)
            .boxed()
            .sorted((a, b) -> Float.compare(logits[b], logits[a]))
            .limit(5)
            .mapToInt(i -> i)
            .toArray();
    assertThat(sampled.topIds()).containsExactly(sorted);
    assertThat(sampled.topLogprobs()[0]).isCloseTo(logits[sorted[0]] - Math.log(sum), within(1e-6));
    assertThat(Logprobs.best(new float[] {1, 2, 2}, 2)).containsExactly(1, 2);
    assertThat(Logprobs.best(new float[] {1, 2, 2}, 0)).isEmpty();
  }
}
