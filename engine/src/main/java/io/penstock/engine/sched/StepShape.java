package io.penstock.engine.sched;

/**
 * What decides how long a step takes.
 *
 * @param promptTokens tokens of prompts, or of what is computed again
 * @param promptPairs pairs of such a token and one that it looks at
 * @param decodes sequences that compute one token
 * @param decodeContext tokens that those look at, in all
 */
public record StepShape(int promptTokens, long promptPairs, int decodes, long decodeContext) {
  public static final StepShape EMPTY = new StepShape(0, 0, 0, 0);

  /** A chunk of one prompt behind {@code before} tokens that are in the cache. */
  public static StepShape prompt(int tokens, int before) {
    return new StepShape(tokens, pairs(tokens, before), 0, 0);
  }

  public static StepShape decodes(int sequences, long context) {
    return new StepShape(0, 0, sequences, context);
  }

  public static StepShape of(ScheduledSequence sequence) {
    int tokens = sequence.tokenIds().length;
    return tokens == 1
        ? decodes(1, sequence.contextLength())
        : prompt(tokens, sequence.firstPosition());
  }

  public static StepShape of(StepPlan plan) {
    int promptTokens = 0;
    long promptPairs = 0;
    int decodes = 0;
    long decodeContext = 0;
    for (ScheduledSequence sequence : plan.sequences()) {
      int tokens = sequence.tokenIds().length;
      if (tokens == 1) {
        decodes++;
        decodeContext += sequence.contextLength();
      } else {
        promptTokens += tokens;
        promptPairs += pairs(tokens, sequence.firstPosition());
      }
    }
    return new StepShape(promptTokens, promptPairs, decodes, decodeContext);
  }

  public StepShape plus(StepShape other) {
    return new StepShape(
        promptTokens + other.promptTokens,
        promptPairs + other.promptPairs,
        decodes + other.decodes,
        decodeContext + other.decodeContext);
  }

  static long pairs(long tokens, long before) {
    return tokens * before + tokens * (tokens + 1) / 2;
  }
}
