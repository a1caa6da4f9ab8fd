package io.penstock.engine.runtime;

import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.SequenceUsage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One choice of a request on its way: turns sampled tokens into events and knows when to end. */
final class Choice {
  static final long UNSCHEDULED = -1;
  private static final long NEVER = -1;
  private static final int[] NOT_FORCED = {};
  private static final Logger log = LoggerFactory.getLogger(Choice.class);

  final ActiveRequest owner;
  final SamplingState sampling;

  /** Id in the scheduler; {@link #UNSCHEDULED} before it has one. */
  long sequence = UNSCHEDULED;

  /** Whether its terminal event is out, or about to be: steps in flight do not matter to it. */
  boolean ended;

  private final int index;
  private final TextStream text;
  private final Set<Integer> endTokens;
  private int cachedTokens;
  private long startedNanos = NEVER;
  private long firstTokenNanos = NEVER;
  private double computeNanos;
  private double kvByteNanos;
  private final ChoiceSteps steps = new ChoiceSteps();

  /** How a choice ended. */
  record End(FinishReason reason, Object stopReason, String error) {
    static End error(String message) {
      return new End(FinishReason.ERROR, null, message);
    }
  }

  /**
   * @param endTokens the model's end tokens that this request honours
   */
  Choice(
      ActiveRequest owner,
      int index,
      SamplingState sampling,
      TextStream text,
      Set<Integer> endTokens) {
    this.owner = owner;
    this.index = index;
    this.sampling = sampling;
    this.text = text;
    this.endTokens = endTokens;
  }

  /**
   * Notes that a step computes something for it.
   *
   * @param plan number of the step
   * @param meter told of the prompt that begins; a fork has none of its own
   */
  void started(ScheduledSequence scheduled, long nowNanos, long plan, StepMeter meter) {
    steps.scheduled(scheduled, nowNanos - owner.submittedNanos, plan, sampling.generated());
    if (startedNanos == NEVER) {
      startedNanos = nowNanos;
      cachedTokens = scheduled.firstPosition();
      if (index == 0) {
        meter.began(owner.request.promptTokens().length, cachedTokens);
      }
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
      return End.error("The model's logits are not finite numbers.");
    }
    if (firstTokenNanos == NEVER) {
      firstTokenNanos = nowNanos;
    }
    int token = sampled.token();
    boolean allowed = sampling.accept(token);
    SamplingParams params = owner.request.sampling();
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
      return new End(FinishReason.STOP, endToken ? null : token, null);
    }
    if (text.matchedStop() != null) {
      return new End(FinishReason.STOP, text.matchedStop(), null);
    }
    if (sampling.grammar() != null && sampling.grammar().isComplete()) {
      return new End(FinishReason.STOP, null, null); // nothing but an end token could follow
    }
    if (sampling.grammar() != null && !sampling.grammar().canGoOn()) { // finds out what may follow
      return End.error("The vocabulary has no token that the grammar allows here.");
    }
    return sampling.generated() >= params.maxTokens()
        ? new End(FinishReason.LENGTH, null, null)
        : null;
  }

  /**
   * Tokens that come next whatever the model thinks, and that do not end it; none where each token
   * must be looked at for itself: log-probabilities are wanted, or something else may end it.
   */
  int[] forced() {
    SamplingParams params = owner.request.sampling();
    if (sampling.grammar() == null
        || params.logprobs()
        || !params.stop().isEmpty()
        || !params.stopTokenIds().isEmpty()) {
      return NOT_FORCED;
    }
    int[] forced = sampling.grammar().forced();
    int most = Math.max(0, params.maxTokens() - sampling.generated() - 1);
    return forced.length <= most ? forced : Arrays.copyOf(forced, most);
  }

  /**
   * Notes what it has used, as it ends.
   *
   * @param blockBytes of a block of the KV cache
   */
  void used(SequenceUsage usage, long blockBytes) {
    computeNanos = usage.computeNanos();
    kvByteNanos = usage.blockNanos() * blockBytes;
  }

  /** Reports the end. */
  void finish(End end, long nowNanos) {
    owner.emit(
        new GenerateEvent.Finished(
            index, end.reason(), heldBack(), end.stopReason(), end.error(), stats(nowNanos)));
  }

  private String heldBack() {
    try {
      return text.finish();
    } catch (RuntimeException e) { // an ending choice must get its event
      log.error("request {}: the rest of its text is lost", owner.request.id(), e);
      return "";
    }
  }

  private ChoiceStats stats(long nowNanos) {
    long total = nowNanos - owner.submittedNanos;
    return new ChoiceStats(
        owner.request.promptTokens().length,
        cachedTokens,
        sampling.generated(),
        startedNanos == NEVER ? total : startedNanos - owner.submittedNanos,
        firstTokenNanos == NEVER ? 0 : firstTokenNanos - owner.submittedNanos,
        total,
        computeNanos,
        kvByteNanos,
        steps.all());
  }

  private static TokenLogprob tokenLogprob(Sampled sampled) {
    List<TokenLogprob.Alternative> top = new ArrayList<>(sampled.topIds().length);
    for (int i = 0; i < sampled.topIds().length; i++) {
      top.add(new TokenLogprob.Alternative(sampled.topIds()[i], sampled.topLogprobs()[i]));
    }
    return new TokenLogprob(sampled.token(), sampled.logprob(), List.copyOf(top));
  }
}
