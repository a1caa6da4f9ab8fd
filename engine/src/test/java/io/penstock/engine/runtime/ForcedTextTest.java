package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Text that a grammar forces is computed at once with two steps in flight as well: the tokens are
 * those that steps one after the other give, bit for bit, in fewer steps, whether blocks suffice or
 * choices are preempted meanwhile.
 */
class ForcedTextTest {
  private static final Function<String, int[]> LETTERS =
      text -> text.chars().map(c -> c == ' ' ? 104 : 100 + c - 'a').toArray();
  private static final Function<String, int[]> UNKNOWN = _ -> new int[0];

  /** Half of what goes on in it is forced, in runs of eight and of three tokens. */
  private static final OutputConstraint FORCING =
      new OutputConstraint.Regex("((adcdcdcdc|bdcdcdcdcd|ccc)d)*[ab]");

  private static List<GenerateRequest> requests() {
    List<GenerateRequest> requests = new ArrayList<>();
    for (GenerateRequest request : OverlappedRunnerTest.requests()) {
      SamplingParams sampling = request.sampling();
      boolean constrained = requests.size() % 4 != 3;
      requests.add(
          new GenerateRequest(
              request.id(),
              request.tenant(),
              request.tier(),
              request.priority(),
              request.promptTokens(),
              new SamplingParams(
                  sampling.temperature(),
                  1,
                  0,
                  0,
                  sampling.repetitionPenalty(),
                  sampling.presencePenalty(),
                  sampling.frequencyPenalty(),
                  Map.of(OverlappedRunnerTest.END_TOKEN, -3f),
                  sampling.seed(),
                  constrained ? 30 + 4 * requests.size() : 12,
                  0,
                  List.of(),
                  List.of(),
                  sampling.ignoreEos(),
                  sampling.n(),
                  requests.size() == 1, // of which each token is looked at for itself
                  1,
                  true,
                  false),
              request.terms(),
              null,
              constrained ? FORCING : null));
    }
    return requests;
  }

  @Test
  void isComputedAtOnceWithTwoStepsInFlight() {
    List<GenerateRequest> requests = requests();
    List<List<Object>> expected = new ArrayList<>();
    OverlappedRunnerTest.run("llama-gqa", false, longRunsOnly(), requests, expected);
    List<List<Object>> overlapped = new ArrayList<>();
    var took = OverlappedRunnerTest.run("llama-gqa", true, longRunsOnly(), requests, overlapped);
    assertThat(overlapped).isEqualTo(expected);
    assertThat(took.pendingInputs()).isGreaterThan(50);
    assertThat(expected).hasSize(18);
    assertThat(expected).noneMatch(outcome -> outcome.contains(FinishReason.ERROR));
    List<List<Object>> tokenByToken = new ArrayList<>();
    var without = OverlappedRunnerTest.run("llama-gqa", true, UNKNOWN, requests, tokenByToken);
    assertThat(took.steps()).isLessThan(without.steps() * 9 / 10);
  }

  /** One step at a time takes short runs as well, two in flight do not: both are to do the same. */
  private static Function<String, int[]> longRunsOnly() {
    return text -> text.length() > SampledTokens.FEWEST_AHEAD ? LETTERS.apply(text) : new int[0];
  }
}
