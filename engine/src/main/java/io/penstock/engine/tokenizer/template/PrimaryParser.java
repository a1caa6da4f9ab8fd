package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.List;

/** What expressions begin with: literals, names, and expressions in brackets. */
final class PrimaryParser {
  private final TokenStream in;
  private final ExpressionParser expressions;

  PrimaryParser(TokenStream in, ExpressionParser expressions) {
    this.in = in;
    this.expressions = expressions;
  }

  Expr primary() {
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
    Expr value = expressions.tuple(true);
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
      items.add(expressions.expression());
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
      keys.add(expressions.expression());
      in.expectOperator(":");
      values.add(expressions.expression());
    }
    return new Expr.DictOf(keys, values);
  }
}
