package io.penstock.engine.grammar.expr;

/** A named expression, which may refer to itself. */
public final class Rule {
  private final String name;
  private Expr body;

  /**
   * @param name for error messages
   */
  public Rule(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  /** Says what it stands for; once. */
  public void define(Expr meaning) {
    if (body != null) {
      throw new IllegalStateException(name + " is defined already");
    }
    body = meaning;
  }

  public Expr body() {
    if (body == null) {
      throw new IllegalStateException(name + " is not defined");
    }
    return body;
  }
}
