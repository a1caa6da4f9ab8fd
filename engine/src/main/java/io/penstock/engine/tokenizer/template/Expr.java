package io.penstock.engine.tokenizer.template;

import java.util.List;

/** Expressions of the syntax tree. */
sealed interface Expr {

  record Constant(Object value) implements Expr {}

  record Name(String name) implements Expr {}

  record ListOf(List<Expr> items) implements Expr {}

  record TupleOf(List<Expr> items) implements Expr {}

  record DictOf(List<Expr> keys, List<Expr> values) implements Expr {}

  record Negative(Expr operand) implements Expr {}

  record Positive(Expr operand) implements Expr {}

  record Binary(String operator, Expr left, Expr right) implements Expr {}

  /** {@code a < b <= c}: each operator compares its neighbours. */
  record Compare(Expr first, List<String> operators, List<Expr> others) implements Expr {}

  record And(Expr left, Expr right) implements Expr {}

  record Or(Expr left, Expr right) implements Expr {}

  record Not(Expr operand) implements Expr {}

  /**
   * {@code then if test else otherwise}.
   *
   * @param otherwise null where there is no else
   */
  record Conditional(Expr test, Expr then, Expr otherwise) implements Expr {}

  /** {@code a ~ b ~ c}. */
  record Concat(List<Expr> parts) implements Expr {}

  record Attribute(Expr object, String name) implements Expr {}

  record Item(Expr object, Expr key) implements Expr {}

  /** {@code object[start:stop:step]}; parts that are left out are null. */
  record Slice(Expr object, Expr start, Expr stop, Expr step) implements Expr {}

  record Call(Expr function, CallArguments arguments) implements Expr {}

  /**
   * @param input null stands for the text of a filter block
   */
  record Filter(Expr input, String name, CallArguments arguments) implements Expr {}

  record Test(Expr input, String name, CallArguments arguments) implements Expr {}

  /**
   * @param star expression after {@code *}, or null
   * @param doubleStar expression after {@code **}, or null
   */
  record CallArguments(
      List<Expr> positional, List<String> names, List<Expr> named, Expr star, Expr doubleStar) {
    static final CallArguments NONE =
        new CallArguments(List.of(), List.of(), List.of(), null, null);
  }
}
