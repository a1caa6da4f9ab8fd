package io.penstock.engine.tokenizer.template;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A cursor over the tokens, with what both parsers ask of it. */
final class TokenStream {
  private final List<Token> tokens;
  private int position;
  private Set<String> names = new HashSet<>();

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(position);
  }

  Token ahead() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  int line() {
    return current().line();
  }

  Token next() {
    Token token = current();
    if (position < tokens.size() - 1) {
      position++;
    }
    return token;
  }

  boolean is(Token.Kind kind) {
    return current().kind() == kind;
  }

  boolean isOperator(String operator) {
    return current().isOperator(operator);
  }

  boolean isName(String name) {
    return current().isName(name);
  }

  boolean skipOperator(String operator) {
    boolean there = isOperator(operator);
    if (there) {
      next();
    }
    return there;
  }

  boolean skipName(String name) {
    boolean there = isName(name);
    if (there) {
      next();
    }
    return there;
  }

  Token expect(Token.Kind kind, String what) {
    if (!is(kind)) {
      throw error("expected %s, got %s".formatted(what, current().describe()));
    }
    return next();
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw error("expected '%s', got %s".formatted(operator, current().describe()));
    }
  }

  String expectIdentifier() {
    return expect(Token.Kind.NAME, "a name").text();
  }

  TemplateException error(String message) {
    return new TemplateException(message).at(line());
  }

  /** Notes that a variable of this name is read. */
  void uses(String name) {
    names.add(name);
  }

  /** Starts noting names for a macro's body; returns what was noted outside. */
  Set<String> beginMacro() {
    Set<String> outer = names;
    names = new HashSet<>();
    return outer;
  }

  /** Ends a macro's body; returns the names read in it. */
  Set<String> endMacro(Set<String> outer) {
    Set<String> inner = names;
    names = outer;
    return inner;
  }
}
