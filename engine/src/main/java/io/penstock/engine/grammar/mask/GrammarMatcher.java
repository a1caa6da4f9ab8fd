package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.automaton.State;

/**
 * Follows one text, token by token, and says what may come next. Where it is follows from the
 * tokens alone. For one thread at a time.
 */
public final class GrammarMatcher {
  private final CompiledGrammar grammar;
  private State state; // null behind an end token
  private boolean refused;
  private boolean shortened;
  private TokenMask next; // null until it is asked for

  GrammarMatcher(CompiledGrammar grammar) {
    this.grammar = grammar;
    this.state = grammar.automaton().start();
  }

  /**
   * Takes the next token.
   *
   * @return false when it may not stand here; the matcher is of no use then
   */
  public boolean accept(int token) {
    next = null;
    if (state != null && grammar.isEnd(token)) {
      refused |= !state.isAccepting();
      state = null;
    } else {
      State next = state;
      byte[] bytes = grammar.bytes(token);
      for (int i = 0; i < bytes.length && next != null; i++) {
        next = next.next(bytes[i]);
      }
      refused |= next == null || bytes.length == 0;
      state = next;
    }
    return !refused;
  }

  /** Whether the text may end here. */
  public boolean mayEnd() {
    return !refused && (state == null || state.isAccepting());
  }

  /** Whether the text is complete: nothing but its end may follow. */
  public boolean isComplete() {
    return !refused && (state == null || state.isLast());
  }

  /**
   * Tokens that may follow, and end tokens if the text may end.
   *
   * @return a bit for each token of the vocabulary, 32 a word, lowest first; not to be written.
   *     Null for any, once the text has ended
   * @throws io.penstock.engine.core.ConstraintException when that takes too long to find out
   */
  public int[] allowed() {
    return state == null || refused ? null : mask().bits();
  }

  /**
   * The same of a text that has an end: where it would not be complete by then, only tokens from
   * where it still can be. So a text that could go on for ever is brought to its end in time, if
   * there was enough of it when it began.
   *
   * @param left tokens that may still follow, this one included
   * @return as above
   */
  public int[] allowed(int left) {
    int[] all = allowed();
    int[] landing = all == null ? null : grammar.landing().allowed(state, left, all);
    shortened |= landing != null;
    return landing == null ? all : landing;
  }

  /** Whether {@link #allowed(int)} left out tokens because its end was near. */
  public boolean wasShortened() {
    return shortened;
  }

  private TokenMask mask() {
    if (next == null) {
      next = grammar.mask(state);
    }
    return next;
  }

  /** Whether the vocabulary has a token that may follow; always, if it has all bytes. */
  public boolean canGoOn() {
    return state == null || refused || !mask().isEmpty();
  }

  /**
   * Tokens that follow whatever the model thinks of it: the beginning of text that the grammar
   * forces. The text alone is forced; as tokens it could be written in many ways, and a model would
   * choose among them. These are as the tokenizer encodes the text, which is what the model was
   * trained on; the last token is left to the model, as it may reach beyond the forced text.
   *
   * @param left tokens that may still follow; near their end nothing is forced, since the usual
   *     tokens may be more than the fewest
   * @return ids, often none; not to be written
   */
  public int[] forced(int left) {
    return state == null || refused || grammar.landing().isNear(state, left)
        ? CompiledGrammar.NO_TOKENS
        : grammar.forced(state);
  }
}
