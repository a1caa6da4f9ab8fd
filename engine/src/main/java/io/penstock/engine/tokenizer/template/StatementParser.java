package io.penstock.engine.tokenizer.template;

import io.penstock.engine.tokenizer.template.Stmt.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Jinja's statements: text, print statements and the tags that chat templates use. */
final class StatementParser {
  private static final int MAX_DEPTH = 100;

  private final TokenStream in;
  private final ExpressionParser expressions;
  private int depth;
  private int loops;

  StatementParser(TokenStream in) {
    this.in = in;
    this.expressions = new ExpressionParser(in);
  }

  List<Stmt> template() {
    List<Stmt> body = body(Set.of());
    if (!in.is(Token.Kind.END)) {
      throw in.error("unexpected " + in.current().describe());
    }
    return body;
  }

  /** Statements up to a tag of one of these names, which is left as the current token. */
  private List<Stmt> body(Set<String> ends) {
    if (++depth > MAX_DEPTH) {
      throw in.error("blocks nested deeper than " + MAX_DEPTH + " levels");
    }
    List<Stmt> body = new ArrayList<>();
    while (!in.is(Token.Kind.END)) {
      Token token = in.next();
      switch (token.kind()) {
        case DATA -> body.add(new Stmt.Data(token.line(), token.text()));
        case VARIABLE_BEGIN -> {
          body.add(new Stmt.Print(token.line(), expressions.tuple(true)));
          in.expect(Token.Kind.VARIABLE_END, "end of print statement");
        }
        case BLOCK_BEGIN -> {
          if (in.is(Token.Kind.NAME) && ends.contains(in.current().text())) {
            depth--;
            return body;
          }
          body.add(statement());
        }
        default -> throw in.error("unexpected " + token.describe());
      }
    }
    if (!ends.isEmpty()) {
      throw in.error("unexpected end of template, expected one of " + ends);
    }
    depth--;
    return body;
  }

  /** A body with its end tag, up to the end of that tag. */
  private List<Stmt> bodyUntil(String end) {
    endOfTag();
    List<Stmt> body = body(Set.of(end));
    in.next();
    if (end.equals("endblock") || end.equals("endmacro")) {
      in.skipName(in.current().text()); // the name may be repeated
    }
    endOfTag();
    return body;
  }

  private void endOfTag() {
    in.expect(Token.Kind.BLOCK_END, "end of statement block");
  }

  private Stmt statement() {
    Token tag = in.expect(Token.Kind.NAME, "a tag name");
    int line = tag.line();
    return switch (tag.text()) {
      case "if" -> ifStatement(line);
      case "for" -> forStatement(line);
      case "set" -> setStatement(line);
      case "with" -> withStatement(line);
      case "macro" -> macro(line);
      case "call" -> callBlock(line);
      case "filter" -> filterBlock(line);
      case "break", "continue" -> {
        if (loops == 0) {
          throw in.error("'%s' outside of a loop".formatted(tag.text()));
        }
        endOfTag();
        yield tag.text().equals("break") ? new Stmt.Break(line) : new Stmt.Continue(line);
      }
      case "generation" -> new Stmt.Block(line, bodyUntil("endgeneration"));
      case "block" -> {
        in.expectIdentifier();
        yield new Stmt.Block(line, bodyUntil("endblock"));
      }
      case "include", "import", "from", "extends" ->
          throw new TemplateException("tag '%s' is not supported".formatted(tag.text())).at(line);
      default -> throw new TemplateException("unknown tag '%s'".formatted(tag.text())).at(line);
    };
  }

  private Stmt ifStatement(int line) {
    List<Expr> tests = new ArrayList<>();
    List<List<Stmt>> bodies = new ArrayList<>();
    List<Stmt> otherwise = List.of();
    while (true) {
      tests.add(expressions.tuple(false));
      endOfTag();
      bodies.add(body(Set.of("elif", "else", "endif")));
      String tag = in.next().text();
      if (tag.equals("elif")) {
        continue;
      }
      if (tag.equals("else")) {
        otherwise = bodyUntil("endif");
      } else {
        endOfTag();
      }
      return new Stmt.If(line, tests, bodies, otherwise);
    }
  }

  private Stmt forStatement(int line) {
    Target target = targets();
    if (!in.skipName("in")) {
      throw in.error("expected 'in', got " + in.current().describe());
    }
    Expr items = expressions.tuple(false);
    Expr condition = in.skipName("if") ? expressions.expression() : null;
    boolean recursive = in.skipName("recursive");
    endOfTag();
    loops++;
    List<Stmt> body = body(Set.of("else", "endfor"));
    loops--;
    List<Stmt> otherwise = List.of();
    if (in.next().text().equals("else")) {
      otherwise = bodyUntil("endfor");
    } else {
      endOfTag();
    }
    return new Stmt.For(line, target, items, condition, recursive, body, otherwise);
  }

  private Stmt setStatement(int line) {
    Target target = targets();
    if (in.skipOperator("=")) {
      Expr value = expressions.tuple(true);
      endOfTag();
      return new Stmt.Set(line, target, value);
    }
    Expr filter = in.isOperator("|") ? expressions.filters(null) : null;
    return new Stmt.SetBlock(line, target, filter, bodyUntil("endset"));
  }

  private Stmt withStatement(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!in.is(Token.Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        in.expectOperator(",");
      }
      targets.add(target());
      in.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Stmt.With(line, targets, values, bodyUntil("endwith"));
  }

  private Stmt macro(int line) {
    String name = in.expectIdentifier();
    Set<String> outer = in.beginMacro();
    List<String> parameters = new ArrayList<>();
    List<Expr> defaults = new ArrayList<>();
    parameters(parameters, defaults);
    int outerLoops = loops;
    loops = 0;
    List<Stmt> body = bodyUntil("endmacro");
    loops = outerLoops;
    return new Stmt.MacroDefinition(line, name, signature(parameters, defaults, outer), body);
  }

  private Stmt callBlock(int line) {
    Set<String> outer = in.beginMacro();
    List<String> parameters = new ArrayList<>();
    List<Expr> defaults = new ArrayList<>();
    if (in.isOperator("(")) {
      parameters(parameters, defaults);
    }
    if (!(expressions.expression() instanceof Expr.Call call)) {
      throw in.error("expected a call");
    }
    List<Stmt> body = bodyUntil("endcall");
    return new Stmt.CallBlock(line, signature(parameters, defaults, outer), call, body);
  }

  private Stmt filterBlock(int line) {
    Expr filter = expressions.filters(expressions.filter(null));
    return new Stmt.FilterBlock(line, filter, bodyUntil("endfilter"));
  }

  private void parameters(List<String> names, List<Expr> defaults) {
    in.expectOperator("(");
    while (!in.skipOperator(")")) {
      if (!names.isEmpty()) {
        in.expectOperator(",");
        if (in.skipOperator(")")) {
          return;
        }
      }
      names.add(in.expectIdentifier());
      if (in.skipOperator("=")) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw in.error("parameter without default after one with");
      }
    }
  }

  private Stmt.Signature signature(List<String> names, List<Expr> defaults, Set<String> outer) {
    Set<String> used = in.endMacro(outer);
    used.forEach(in::uses); // a macro within a macro may use the outer one's
    return new Stmt.Signature(
        names,
        defaults,
        used.contains("varargs"),
        used.contains("kwargs"),
        used.contains("caller"));
  }

  /** One target, or several separated by commas. */
  private Target targets() {
    Target first = target();
    if (!in.isOperator(",")) {
      return first;
    }
    List<Target> targets = new ArrayList<>(List.of(first));
    while (in.skipOperator(",")) {
      if (in.isName("in") || in.isOperator("=") || in.isOperator(")")) {
        break;
      }
      targets.add(target());
    }
    return new Target.Several(targets);
  }

  private Target target() {
    if (in.skipOperator("(")) {
      Target inner = targets();
      in.expectOperator(")");
      return inner;
    }
    String name = in.expectIdentifier();
    if (in.skipOperator(".")) {
      return new Target.NamespaceAttribute(name, in.expectIdentifier());
    }
    return new Target.Variable(name);
  }
}
