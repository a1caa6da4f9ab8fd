package io.penstock.engine.tokenizer.template;

import java.util.List;

/** Statements of the syntax tree; each knows its line in the template. */
sealed interface Stmt {
  int line();

  record Data(int line, String text) implements Stmt {}

  record Print(int line, Expr value) implements Stmt {}

  /**
   * @param tests one for each of {@code if} and {@code elif}
   * @param otherwise empty where there is no else
   */
  record If(int line, List<Expr> tests, List<List<Stmt>> bodies, List<Stmt> otherwise)
      implements Stmt {}

  /**
   * @param condition leaves items out, or null
   * @param otherwise runs when there was no item
   */
  record For(
      int line,
      Target target,
      Expr items,
      Expr condition,
      boolean recursive,
      List<Stmt> body,
      List<Stmt> otherwise)
      implements Stmt {}

  record Break(int line) implements Stmt {}

  record Continue(int line) implements Stmt {}

  record Set(int line, Target target, Expr value) implements Stmt {}

  /**
   * {@code {% set x | filter %}body{% endset %}}.
   *
   * @param filter applied to the body's text, or null
   */
  record SetBlock(int line, Target target, Expr filter, List<Stmt> body) implements Stmt {}

  record With(int line, List<Target> targets, List<Expr> values, List<Stmt> body) implements Stmt {}

  record MacroDefinition(int line, String name, Signature signature, List<Stmt> body)
      implements Stmt {}

  record CallBlock(int line, Signature signature, Expr.Call call, List<Stmt> body)
      implements Stmt {}

  record FilterBlock(int line, Expr filter, List<Stmt> body) implements Stmt {}

  /** Statements that run where they stand, such as a {@code generation} block. */
  record Block(int line, List<Stmt> body) implements Stmt {}

  /**
   * Parameters of a macro.
   *
   * @param defaults of the last parameters, as many as there are
   * @param varargs whether the body uses {@code varargs}, so takes more than its parameters
   * @param kwargs whether it uses {@code kwargs}
   * @param caller whether it uses {@code caller}
   */
  record Signature(
      List<String> parameters,
      List<Expr> defaults,
      boolean varargs,
      boolean kwargs,
      boolean caller) {}

  /** What is assigned to. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    record NamespaceAttribute(String namespace, String name) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
