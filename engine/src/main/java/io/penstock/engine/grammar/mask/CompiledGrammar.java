package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.automaton.State;

/** A grammar over the tokens of one vocabulary. Safe for use by many threads. */
public final class CompiledGrammar {
  static final int[] NO_TOKENS = {};

  private final TokenSet tokens;
  private final Automaton automaton;
  private final MaskSource masks;
  private final Landing landing;

  CompiledGrammar(TokenSet tokens, Automaton automaton, MaskSource masks, Landing landing) {
    this.tokens = tokens;
    this.automaton = automaton;
    this.masks = masks;
    this.landing = landing;
  }

  /** Begins a text. */
  public GrammarMatcher matcher() {
    return new GrammarMatcher(this);
  }

  /** Nodes of its automaton, for metrics. */
  public int nodes() {
    return automaton.nodes();
  }

  Automaton automaton() {
    return automaton;
  }

  boolean isEnd(int token) {
    for (int end : tokens.endTokens) {
      if (end == token) {
        return true;
      }
    }
    return false;
  }

  byte[] bytes(int token) {
    return token >= 0 && token < tokens.bytes.length ? tokens.bytes[token] : new byte[0];
  }

  TokenMask mask(State state) {
    return masks.mask(state);
  }

  Landing landing() {
    return landing;
  }

  int[] forced(State state) {
    return masks.forced(state);
  }
}
