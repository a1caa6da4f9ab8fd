package io.penstock.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.SamplingRow;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What a device is told must come to what the host does itself. */
class SamplingRowTest {
  private static final int VOCAB = 40;

  /** What the kernel does with a row, in Java. */
  private static void adjust(float[] logits, SamplingRow row, int input) {
    for (int i = 0; i < row.biasIds().length; i++) {
      if (row.biasIds()[i] < logits.length) {
        logits[row.biasIds()[i]] += row.biases()[i];
      }
    }
    for (int id : row.suppressedIds()) {
      if (id < logits.length) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
    boolean listed = false;
    for (int i = 0; i < row.countIds().length; i++) {
      int id = row.countIds()[i];
      boolean isInput = row.addInput() && id == input;
      listed |= isInput;
      logits[id] = penalised(logits[id], row, row.counts()[i] + (isInput ? 1 : 0));
    }
    if (row.addInput() && !listed) {
      logits[input] = penalised(logits[input], row, 1);
    }
  }

  private static float penalised(float logit, SamplingRow row, int count) {
    float repetition = (float) row.repetitionPenalty();
    float repeated = logit > 0 ? logit / repetition : logit * repetition;
    return count > 0
        ? repeated - (float) (row.presencePenalty() + row.frequencyPenalty() * count)
        : repeated;
  }

  @Property(tries = 300)
  void aPendingTokenCountsAsIfItHadBeenAccepted(
      @ForAll long seed,
      @ForAll @Size(max = 30) List<@IntRange(max = VOCAB - 1) Integer> prompt,
      @ForAll @Size(min = 1, max = 30) List<@IntRange(max = VOCAB - 1) Integer> generated,
      @ForAll @IntRange(max = 3) int penalties,
      @ForAll @IntRange(max = 40) int minTokens) {
    SamplingParamsBuilder builder = new SamplingParamsBuilder();
    builder.repetition = penalties == 1 ? 1.3 : 1;
    builder.presence = penalties == 2 ? 0.4 : 0;
    builder.frequency = penalties >= 2 ? 0.3 : 0;
    builder.minTokens = minTokens;
    builder.bias = Map.of(7, 2.5f, 2, -1f, VOCAB + 3, 1f);
    int[] ids = prompt.stream().mapToInt(i -> i).toArray();
    SamplingState known = builder.state(seed, ids);
    SamplingState behind = builder.state(seed, ids);
    for (int i = 0; i < generated.size(); i++) {
      known.accept(generated.get(i));
      if (i < generated.size() - 1) {
        behind.accept(generated.get(i));
      }
    }
    SamplingRow row = behind.row(1);

    Random random = new Random(seed);
    float[] expected = new float[VOCAB];
    for (int i = 0; i < VOCAB; i++) {
      expected[i] = (float) random.nextGaussian();
    }
    float[] actual = expected.clone();
    float[] settled = expected.clone();
    known.adjust(expected);
    adjust(actual, row, generated.getLast());
    adjust(settled, known.row(0), 0);

    assertThat(actual).isEqualTo(expected);
    assertThat(settled).isEqualTo(expected);
    assertThat(row.position()).isEqualTo(known.generated());
    assertThat(row.adjusts()).isTrue();
    assertThat(row.addInput()).isEqualTo(penalties > 0);
    assertThat(known.row(0).addInput()).isFalse();
    assertThat(Philox.uniform(row.seed(), row.choice(), row.position())).isEqualTo(known.uniform());
  }

  @Test
  void parametersAreHandedOn() {
    SamplingParamsBuilder builder =
        new SamplingParamsBuilder().truncation(5, 0.8, 0.1).temperature(0.7);
    builder.topLogprobs = 3;
    SamplingRow row = builder.state(-9).row(0);

    assertThat(row.temperature()).isEqualTo(0.7);
    assertThat(row.topK()).isEqualTo(5);
    assertThat(row.topP()).isEqualTo(0.8);
    assertThat(row.minP()).isEqualTo(0.1);
    assertThat(row.seed()).isEqualTo(-9);
    assertThat(row.logprobs()).isTrue();
    assertThat(row.topLogprobs()).isEqualTo(3);
    assertThat(row.adjusts()).isFalse();
    assertThat(row.isGreedy()).isFalse();
    assertThat(row.suppressedIds()).isEmpty();
    assertThat(row.countIds()).isEmpty();
    assertThat(new SamplingParamsBuilder().temperature(0).state(1).row(0).isGreedy()).isTrue();
  }

  @Test
  void atMostOneTokenIsPending() {
    SamplingState state = new SamplingParamsBuilder().state(1);
    assertThatThrownBy(() -> state.row(2)).isInstanceOf(IllegalArgumentException.class);
  }
}
