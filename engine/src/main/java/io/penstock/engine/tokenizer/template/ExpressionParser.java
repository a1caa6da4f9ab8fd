package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Jinja's expressions, loosest first: if-else, or, and, not, comparisons, + and -, ~, * / // %, **,
 * signs, then attributes, elements, calls, filters and tests.
 */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
  private static final int MAX_DEPTH = 200;

  private final TokenStream in;
  private final PrimaryParser primaries;
  private final PostfixParser postfixes;
  private int depth;

  ExpressionParser(TokenStream in) {
    this.in = in;
    this.primaries = new PrimaryParser(in, this);
    this.postfixes = new PostfixParser(in, this, primaries);
  }

  /** One or more {@code | name(arguments)}. */
  Expr filters(Expr start) {
    return postfixes.filters(start);
  }

  /** A filter whose name comes next. */
  Expr filter(Expr input) {
    return postfixes.filter(input);
  }

  Expr expression() {
    if (++depth > MAX_DEPTH) {
      throw in.error("expression nested deeper than " + MAX_DEPTH + " levels");
    }
    Expr value = or();
    while (in.skipName("if")) {
      Expr test = or();
      Expr otherwise = in.skipName("else") ? expression() : null;
      value = new Expr.Conditional(test, value, otherwise);
    }
    depth--;
    return value;
  }

  /** An expression without a trailing if, as a loop's items. */
  Expr withoutCondition() {
    return or();
  }

  /** One expression, or a tuple of several without parentheses. */
  Expr tuple(boolean conditional) {
    Expr first = conditional ? expression() : or();
    if (!in.isOperator(",")) {
      return first;
    }
    List<Expr> items = new ArrayList<>(List.of(first));
    while (in.skipOperator(",") && !endsTuple()) {
      items.add(conditional ? expression() : or());
    }
    return new Expr.TupleOf(List.copyOf(items));
  }

  private boolean endsTuple() {
    return in.is(Token.Kind.VARIABLE_END)
        || in.is(Token.Kind.BLOCK_END)
        || in.isOperator(")")
        || in.isOperator("]")
        || in.isName("recursive")
        || in.isName("if");
  }

  private Expr or() {
    Expr left = and();
    while (in.skipName("or")) {
      left = new Expr.Or(left, and());
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    while (in.skipName("and")) {
      left = new Expr.And(left, not());
    }
    return left;
  }

  private Expr not() {
    int negations = 0;
    while (in.skipName("not")) {
      negations++;
    }
    Expr value = comparison();
    for (; negations > 0; negations--) {
      value = new Expr.Not(value);
    }
    return value;
  }

  private Expr comparison() {
    Expr first = sum();
    List<String> operators = new ArrayList<>();
    List<Expr> others = new ArrayList<>();
    while (true) {
      Token token = in.current();
      if (token.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        operators.add(in.next().text());
      } else if (in.skipName("in")) {
        operators.add("in");
      } else if (in.isName("not") && in.ahead().isName("in")) {
        in.next();
        in.next();
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    return operators.isEmpty() ? first : new Expr.Compare(first, operators, others);
  }

  private Expr sum() {
    Expr left = concat();
    while (in.isOperator("+") || in.isOperator("-")) {
      left = new Expr.Binary(in.next().text(), left, concat());
    }
    return left;
  }

  private Expr concat() {
    Expr first = product();
    if (!in.isOperator("~")) {
      return first;
    }
    List<Expr> parts = new ArrayList<>(List.of(first));
    while (in.skipOperator("~")) {
      parts.add(product());
    }
    return new Expr.Concat(parts);
  }

  private Expr product() {
    Expr left = power();
    while (in.is(Token.Kind.OPERATOR) && PRODUCTS.contains(in.current().text())) {
      left = new Expr.Binary(in.next().text(), left, power());
    }
    return left;
  }

  private Expr power() {
    Expr left = unary(true);
    while (in.skipOperator("**")) {
      left = new Expr.Binary("**", left, unary(true));
    }
    return left;
  }

  private Expr unary(boolean filters) {
    if (++depth > MAX_DEPTH) {
      throw in.error("expression nested deeper than " + MAX_DEPTH + " levels");
    }
    Expr value;
    if (in.skipOperator("-")) {
      value = new Expr.Negative(unary(false));
    } else if (in.skipOperator("+")) {
      value = new Expr.Positive(unary(false));
    } else {
      value = primaries.primary();
    }
    value = postfixes.postfix(value);
    depth--;
    return filters ? postfixes.filtersAndTests(value) : value;
  }
}
