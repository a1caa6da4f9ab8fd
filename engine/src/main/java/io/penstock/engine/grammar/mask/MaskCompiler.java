package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.automaton.Automaton;

/** Joins automata to a vocabulary, which it prepares when it is first needed. */
public final class MaskCompiler {
  private final TokenVocabulary vocabulary;
  private volatile TokenSet tokens;

  public MaskCompiler(TokenVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  public CompiledGrammar compile(Automaton automaton) {
    TokenSet prepared = tokens();
    return new CompiledGrammar(
        prepared,
        automaton,
        new MaskSource(prepared, automaton, vocabulary.encode()),
        new Landing(prepared, automaton));
  }

  private TokenSet tokens() {
    TokenSet prepared = tokens;
    if (prepared == null) {
      synchronized (this) {
        prepared = tokens;
        if (prepared == null) {
          prepared = new TokenSet(vocabulary);
          tokens = prepared;
        }
      }
    }
    return prepared;
  }
}
