package io.penstock.engine.tokenizer.template;

import io.penstock.engine.tokenizer.template.Expr.CallArguments;
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
  private static final Set<String> NO_TEST_ARGUMENT =
      Set.of("else", "or", "and", "if", "is", "in", "not");
  private static final int MAX_DEPTH = 200;

  private final TokenStream in;
  private int depth;

  ExpressionParser(TokenStream in) {
    this.in = in;
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
      value = primary();
    }
    value = postfix(value);
    depth--;
    return filters ? filtersAndTests(value) : value;
  }

  private Expr primary() {
    Token token = in.next();
    switch (token.kind()) {
      case NAME -> {
        switch (token.text()) {
          case "true", "True" -> {
            return new Expr.Constant(true);
          }
          case "false", "False" -> {
            return new Expr.Constant(false);
          }
          case "none", "None" -> {
            return new Expr.Constant(null);
          }
          default -> {
            in.uses(token.text());
            return new Expr.Name(token.text());
          }
        }
      }
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (in.is(Token.Kind.STRING)) {
          text.append(in.next().text());
        }
        return new Expr.Constant(text.toString());
      }
      case NUMBER -> {
        return new Expr.Constant(token.value());
      }
      default -> {}
    }
    return switch (token.kind() == Token.Kind.OPERATOR ? token.text() : "") {
      case "(" -> parenthesized();
      case "[" -> new Expr.ListOf(items("]"));
      case "{" -> dict();
      default -> throw new TemplateException("unexpected " + token.describe()).at(token.line());
    };
  }

  private Expr parenthesized() {
    if (in.skipOperator(")")) {
      return new Expr.TupleOf(List.of());
    }
    Expr value = tuple(true);
    in.expectOperator(")");
    return value;
  }

  private List<Expr> items(String close) {
    List<Expr> items = new ArrayList<>();
    while (!in.skipOperator(close)) {
      if (!items.isEmpty()) {
        in.expectOperator(",");
        if (in.skipOperator(close)) {
          break;
        }
      }
      items.add(expression());
    }
    return items;
  }

  private Expr dict() {
    List<Expr> keys = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!in.skipOperator("}")) {
      if (!keys.isEmpty()) {
        in.expectOperator(",");
        if (in.skipOperator("}")) {
          break;
        }
      }
      keys.add(expression());
      in.expectOperator(":");
      values.add(expression());
    }
    return new Expr.DictOf(keys, values);
  }

  private Expr postfix(Expr start) {
    Expr value = start;
    while (true) {
      if (in.skipOperator(".")) {
        Token name = in.next();
        value =
            switch (name.kind()) {
              case NAME -> new Expr.Attribute(value, name.text());
              case NUMBER -> new Expr.Item(value, new Expr.Constant(name.value()));
              default ->
                  throw new TemplateException("expected name or number after '.'").at(name.line());
            };
      } else if (in.skipOperator("[")) {
        value = subscript(value);
      } else if (in.isOperator("(")) {
        value = new Expr.Call(value, callArguments());
      } else {
        return value;
      }
    }
  }

  private Expr subscript(Expr object) {
    if (in.isOperator("]")) {
      throw in.error("expected an index");
    }
    Expr start = in.isOperator(":") ? null : expression();
    if (!in.isOperator(":")) {
      if (in.isOperator(",")) {
        List<Expr> keys = new ArrayList<>(List.of(start));
        while (in.skipOperator(",") && !in.isOperator("]")) {
          keys.add(expression());
        }
        start = new Expr.TupleOf(keys);
      }
      in.expectOperator("]");
      return new Expr.Item(object, start);
    }
    in.next();
    Expr stop = in.isOperator(":") || in.isOperator("]") ? null : expression();
    Expr step = in.skipOperator(":") && !in.isOperator("]") ? expression() : null;
    in.expectOperator("]");
    return new Expr.Slice(object, start, stop, step);
  }

  private Expr filtersAndTests(Expr start) {
    Expr value = start;
    while (true) {
      if (in.isOperator("|")) {
        value = filters(value);
      } else if (in.skipName("is")) {
        value = test(value);
      } else if (in.isOperator("(")) {
        value = new Expr.Call(value, callArguments());
      } else {
        return value;
      }
    }
  }

  /** One or more {@code | name(arguments)}. */
  Expr filters(Expr start) {
    Expr value = start;
    while (in.skipOperator("|")) {
      value = filter(value);
    }
    return value;
  }

  /** A filter whose name comes next. */
  Expr filter(Expr input) {
    String name = dottedName();
    return new Expr.Filter(input, name, in.isOperator("(") ? callArguments() : CallArguments.NONE);
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(in.expectIdentifier());
    while (in.skipOperator(".")) {
      name.append('.').append(in.expectIdentifier());
    }
    return name.toString();
  }

  private Expr test(Expr input) {
    boolean negated = in.skipName("not");
    String name = dottedName();
    CallArguments arguments = CallArguments.NONE;
    if (in.isOperator("(")) {
      arguments = callArguments();
    } else if (startsTestArgument()) {
      arguments = new CallArguments(List.of(postfix(primary())), List.of(), List.of(), null, null);
    }
    Expr test = new Expr.Test(input, name, arguments);
    return negated ? new Expr.Not(test) : test;
  }

  private boolean startsTestArgument() {
    Token token = in.current();
    return switch (token.kind()) {
      case STRING, NUMBER -> true;
      case NAME -> !NO_TEST_ARGUMENT.contains(token.text());
      default -> token.isOperator("[") || token.isOperator("{");
    };
  }

  CallArguments callArguments() {
    in.expectOperator("(");
    List<Expr> positional = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Expr> named = new ArrayList<>();
    Expr star = null;
    Expr doubleStar = null;
    boolean first = true;
    while (!in.skipOperator(")")) {
      if (!first) {
        in.expectOperator(",");
        if (in.skipOperator(")")) {
          break;
        }
      }
      first = false;
      if (in.skipOperator("**")) {
        doubleStar = expression();
      } else if (in.skipOperator("*")) {
        star = expression();
      } else if (in.is(Token.Kind.NAME) && in.ahead().isOperator("=")) {
        names.add(in.next().text());
        in.next();
        named.add(expression());
      } else if (names.isEmpty() && doubleStar == null) {
        positional.add(expression());
      } else {
        throw in.error("positional argument after a keyword argument");
      }
    }
    return new CallArguments(positional, names, named, star, doubleStar);
  }
}
