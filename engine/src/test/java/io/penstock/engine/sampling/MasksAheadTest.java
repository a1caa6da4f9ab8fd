package io.penstock.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.grammar.GrammarCompiler;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks that other threads work out are those that sampling would have worked out itself. */
class MasksAheadTest {
  private static final int END = 0;
  private static final int LETTERS = 26;
  private static final int CHOICES = 24;
  private static final SamplingParams PARAMS = new SamplingParamsBuilder().build();

  /** Letters, and pairs of them. */
  private static GrammarCompiler compiler(int letters) {
    List<byte[]> text = new ArrayList<>();
    text.add(null);
    for (int a = 0; a < letters; a++) {
      text.add(new byte[] {(byte) ('a' + a)});
    }
    for (int a = 0; a < letters; a++) {
      text.add(new byte[] {(byte) ('a' + a), (byte) ('a' + a * 7 % letters)});
    }
    return new GrammarCompiler(
        new TokenVocabulary(
            text.size(), text.toArray(byte[][]::new), Map.of(), Set.of(END), _ -> new int[0]));
  }

  private static SamplingState state(CompiledGrammar grammar, int choice) {
    return new SamplingState(
        PARAMS, 5, choice, new int[0], new int[] {END}, grammar == null ? null : grammar.matcher());
  }

  private static float[] logits(Random random) {
    float[] logits = new float[1 + 2 * LETTERS];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    return logits;
  }

  /** Beyond a hundred tokens nothing is left, so texts are brought to their end before. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void tokensAreThoseThatWouldHaveBeenSampledWithoutThem(int threads) {
    GrammarCompiler compiler = compiler(LETTERS);
    List<CompiledGrammar> grammars = new ArrayList<>();
    for (String regex : List.of("([a-m]{2}[n-z])*stop", "(a[b-d]+e?)*z", "[a-y]{90,}z")) {
      grammars.add(compiler.compile(new OutputConstraint.Regex(regex)));
    }
    grammars.add(null);
    List<SamplingState> ahead = new ArrayList<>();
    List<SamplingState> plain = new ArrayList<>();
    for (int i = 0; i < CHOICES; i++) {
      ahead.add(state(grammars.get(i % grammars.size()), i));
      plain.add(state(grammars.get(i % grammars.size()), i));
    }
    Random random = new Random(3);
    RowSampler sampler = new RowSampler();
    int compared = 0;
    int ended = 0;
    try (MasksAhead masks = new MasksAhead(threads)) {
      for (int step = 0; step < PARAMS.maxTokens(); step++) {
        masks.start(ahead);
        masks.finish();
        for (int i = ahead.size() - 1; i >= 0; i--) {
          float[] logits = logits(random);
          int token = sampler.sample(logits, ahead.get(i));
          assertThat(token).isEqualTo(sampler.sample(logits, plain.get(i))).isNotNegative();
          assertThat(ahead.get(i).accept(token)).isTrue();
          assertThat(plain.get(i).accept(token)).isTrue();
          compared++;
          if (plain.get(i).grammar() != null && plain.get(i).grammar().isComplete()) {
            assertThat(ahead.get(i).grammar().wasShortened())
                .isEqualTo(plain.get(i).grammar().wasShortened());
            ended++;
            ahead.remove(i);
            plain.remove(i);
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(1_000);
    assertThat(ended).isEqualTo(CHOICES * 3 / 4);
  }

  @Test
  void aGrammarThatCannotGoOnConcernsItsOwnChoiceOnly() {
    CompiledGrammar lacking = compiler(3).compile(new OutputConstraint.Regex("ab?Q|ca"));
    SamplingState stuck = state(lacking, 0);
    SamplingState other = state(lacking, 1);
    SamplingState unmasked = state(null, 2);
    stuck.accept(1); // "a", behind which only a "Q" may come, or a "b" and then that
    stuck.accept(2);
    other.accept(3);
    try (MasksAhead masks = new MasksAhead(2)) {
      masks.start(List.of(unmasked, stuck, other));
      masks.finish();
    }
    RowSampler sampler = new RowSampler();
    float[] logits = {1, 2, 3, 4, 5, 6, 7};
    assertThat(sampler.sample(logits, stuck)).isEqualTo(Sampled.NONE);
    assertThat(stuck.fault()).contains("no token that the grammar allows");
    assertThat(sampler.sample(logits, other)).isEqualTo(1);
    assertThat(other.fault()).isNull();
    assertThat(sampler.sample(logits, unmasked)).isNotNegative();
  }
}
