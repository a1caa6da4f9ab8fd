package io.penstock.engine.runtime;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sched.ScheduledSequence;
import java.util.Arrays;
import java.util.List;

/** Log-probabilities of a prompt's tokens, as steps compute what stands before them. */
final class PromptScores {
  private final int[] prompt;
  private final int top;
  private final TokenLogprob[] tokens;

  PromptScores(GenerateRequest request) {
    this.prompt = request.promptTokens();
    this.top = request.promptLogprobs();
    this.tokens = new TokenLogprob[prompt.length];
    tokens[0] = new TokenLogprob(prompt[0], Double.NaN, List.of());
  }

  /**
   * Scores the tokens behind those whose states a step computed; some of them perhaps once more,
   * after a preemption.
   *
   * @return whether these were the last
   */
  boolean add(ScheduledSequence scheduled, int firstRow, StepRunner runner) {
    int first = scheduled.firstPosition() + 1;
    int end = first + scheduled.scored();
    Sampled[] scored = runner.score(firstRow, Arrays.copyOfRange(prompt, first, end), top);
    for (int i = 0; i < scored.length; i++) {
      tokens[first + i] = Choice.tokenLogprob(scored[i]);
    }
    return end == prompt.length;
  }

  GenerateEvent.Prompt event() {
    return new GenerateEvent.Prompt(List.of(tokens));
  }
}
