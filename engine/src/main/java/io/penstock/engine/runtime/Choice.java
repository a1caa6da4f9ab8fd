package io.penstock.engine.runtime;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.ScheduledSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One choice of a request on its way: turns sampled tokens into events and knows when to end. */
final class Choice extends Work {
  private static final int[] NOT_FORCED = {};
  private static final Logger log = LoggerFactory.getLogger(Choice.class);

  final SamplingState sampling;

  /** Whether the token that a step in flight samples was taken before it, as it was forced. */
  boolean toldAhead;

  private final GenerateRequest request;
  private final TextStream text;
  private final Set<Integer> endTokens;
  private long firstTokenNanos = NEVER;
  private PromptScores scores; // while the prompt is scored

  /**
   * @param endTokens the model's end tokens that this request honours
   */
  Choice(
      ActiveRequest owner,
      int index,
      GenerateRequest request,
      SamplingState sampling,
      TextStream text,
      Set<Integer> endTokens) {
    super(owner, index);
    this.request = request;
    this.sampling = sampling;
    this.text = text;
    this.endTokens = endTokens;
  }

  @Override
  int promptTokens() {
    return request.promptTokens().length;
  }

  @Override
  int generated() {
    return sampling.generated();
  }

  /** A fork has no prompt of its own. */
  @Override
  void began(int cachedTokens, StepMeter meter) {
    if (index == 0) {
      meter.began(promptTokens(), cachedTokens);
    }
  }

  /** Scores tokens of the prompt, and reports them all with the last. */
  @Override
  End accept(ScheduledSequence scheduled, int firstRow, StepRunner runner) {
    if (owner.promptTold) { // it is computed once more
      return null;
    }
    if (scores == null) {
      scores = new PromptScores(request);
    }
    if (scores.add(scheduled, firstRow, runner)) {
      owner.emit(scores.event());
      owner.promptTold = true;
      scores = null;
    }
    return null;
  }

  /** A choice that may generate nothing ends with its prompt. */
  @Override
  End computed(ScheduledSequence scheduled) {
    if (request.sampling().maxTokens() > 0 || scheduled.contextLength() < promptTokens()) {
      return null;
    }
    tellShortPrompt();
    return new End(FinishReason.LENGTH, null, null);
  }

  /** Of a prompt of one token nothing is scored. */
  private void tellShortPrompt() {
    if (request.promptLogprobs() != null && !owner.promptTold) {
      owner.emit(new PromptScores(request).event());
      owner.promptTold = true;
    }
  }

  /**
   * Takes the next token and reports it.
   *
   * @param usedNanos its part of the device's time so far
   * @return how the choice ends with it, or null
   */
  End accept(Sampled sampled, long nowNanos, double usedNanos) {
    if (sampled.token() == Sampled.NONE) {
      boolean ofGrammar = sampling.fault() != null;
      return End.error(ofGrammar ? sampling.fault() : "The model's logits are not finite numbers.");
    }
    if (firstTokenNanos == NEVER) {
      firstTokenNanos = nowNanos;
    }
    tellShortPrompt();
    int token = sampled.token();
    boolean allowed = sampling.accept(token);
    SamplingParams params = request.sampling();
    boolean endToken = endTokens.contains(token);
    boolean stopToken = params.stopTokenIds().contains(token);
    String piece =
        (endToken || stopToken) && !params.includeStopInOutput()
            ? ""
            : text.append(token, sampling.generated() > params.minTokens());
    owner.emit(new GenerateEvent.Token(index, tokenLogprob(sampled), piece, usedNanos));
    if (!allowed) {
      return End.error("A token was sampled that the grammar does not allow.");
    }
    if (endToken || stopToken) {
      return new End(endToken ? ending() : FinishReason.STOP, endToken ? null : token, null);
    }
    if (text.matchedStop() != null) {
      return new End(FinishReason.STOP, text.matchedStop(), null);
    }
    if (sampling.grammar() != null && sampling.grammar().isComplete()) {
      return new End(ending(), null, null); // nothing but an end token could follow
    }
    return sampling.generated() >= params.maxTokens()
        ? new End(FinishReason.LENGTH, null, null)
        : null;
  }

  /**
   * Finds out what the grammar allows next.
   *
   * @return how the choice ends as that is nothing, or null
   */
  End goingOn() {
    if (sampling.grammar() == null) {
      return null;
    }
    sampling.workOutAllowed();
    return sampling.fault() == null ? null : End.error(sampling.fault());
  }

  /** A text that is complete because its tokens would not have lasted says so. */
  private FinishReason ending() {
    boolean shortened = sampling.grammar() != null && sampling.grammar().wasShortened();
    return shortened ? FinishReason.LENGTH : FinishReason.STOP;
  }

  /**
   * Tokens that come next whatever the model thinks, and that do not end it; none where each token
   * must be looked at for itself: log-probabilities are wanted, or something else may end it.
   */
  int[] forced() {
    SamplingParams params = request.sampling();
    if (sampling.grammar() == null
        || params.logprobs()
        || !params.stop().isEmpty()
        || !params.stopTokenIds().isEmpty()) {
      return NOT_FORCED;
    }
    int left = params.maxTokens() - sampling.generated();
    int[] forced = sampling.grammar().forced(left);
    int most = Math.max(0, left - 1);
    return forced.length <= most ? forced : Arrays.copyOf(forced, most);
  }

  @Override
  void finish(End end, long nowNanos) {
    owner.emit(
        new GenerateEvent.Finished(
            index,
            end.reason(),
            heldBack(),
            end.stopReason(),
            end.error(),
            stats(firstTokenNanos, nowNanos)));
  }

  private String heldBack() {
    try {
      return text.finish();
    } catch (RuntimeException e) { // an ending choice must get its event
      log.error("request {}: the rest of its text is lost", request.id(), e);
      return "";
    }
  }

  static TokenLogprob tokenLogprob(Sampled sampled) {
    List<TokenLogprob.Alternative> top = new ArrayList<>(sampled.topIds().length);
    for (int i = 0; i < sampled.topIds().length; i++) {
      top.add(new TokenLogprob.Alternative(sampled.topIds()[i], sampled.topLogprobs()[i]));
    }
    return new TokenLogprob(sampled.token(), sampled.logprob(), List.copyOf(top));
  }
}
