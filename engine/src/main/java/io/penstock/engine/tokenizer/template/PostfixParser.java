package io.penstock.engine.tokenizer.template;

import io.penstock.engine.tokenizer.template.Expr.CallArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What follows a value: attributes, elements, slices, calls, filters and tests. */
final class PostfixParser {
  private static final Set<String> NO_TEST_ARGUMENT =
      Set.of("else", "or", "and", "if", "is", "in", "not");

  private final TokenStream in;
  private final ExpressionParser expressions;
  private final PrimaryParser primaries;

  PostfixParser(TokenStream in, ExpressionParser expressions, PrimaryParser primaries) {
    this.in = in;
    this.expressions = expressions;
    this.primaries = primaries;
  }

  Expr postfix(Expr start) {
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
    Expr start = in.isOperator(":") ? null : expressions.expression();
    if (!in.isOperator(":")) {
      if (in.isOperator(",")) {
        List<Expr> keys = new ArrayList<>(List.of(start));
        while (in.skipOperator(",") && !in.isOperator("]")) {
          keys.add(expressions.expression());
        }
        start = new Expr.TupleOf(keys);
      }
      in.expectOperator("]");
      return new Expr.Item(object, start);
    }
    in.next();
    Expr stop = in.isOperator(":") || in.isOperator("]") ? null : expressions.expression();
    Expr step = in.skipOperator(":") && !in.isOperator("]") ? expressions.expression() : null;
    in.expectOperator("]");
    return new Expr.Slice(object, start, stop, step);
  }

  Expr filtersAndTests(Expr start) {
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
      arguments =
          new CallArguments(
              List.of(postfix(primaries.primary())), List.of(), List.of(), null, null);
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

  private CallArguments callArguments() {
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
        doubleStar = expressions.expression();
      } else if (in.skipOperator("*")) {
        star = expressions.expression();
      } else if (in.is(Token.Kind.NAME) && in.ahead().isOperator("=")) {
        names.add(in.next().text());
        in.next();
        named.add(expressions.expression());
      } else if (names.isEmpty() && doubleStar == null) {
        positional.add(expressions.expression());
      } else {
        throw in.error("positional argument after a keyword argument");
      }
    }
    return new CallArguments(positional, names, named, star, doubleStar);
  }
}
