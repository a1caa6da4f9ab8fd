package io.penstock.engine.grammar.expr;

import io.penstock.engine.core.ConstraintException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads grammars in GBNF, the notation of llama.cpp, which XGrammar and vLLM read as well: {@code
 * root ::= "a" [b-z]+ (x | y)* # comment}. Quantifiers are {@code * + ? {n} {n,} {n,m}}, {@code .}
 * is any character. The first text is what the rule {@code root} matches.
 */
public final class GrammarParser {
  private static final String ROOT = "root";
  private static final int DEEPEST = 100;
  private static final int MOST_REPEATED = 10_000;
  private static final int END = -1;

  private final int[] source;
  private final Map<String, Rule> rules = new LinkedHashMap<>();
  private final List<String> defined = new ArrayList<>();
  private int at;
  private int depth;

  private GrammarParser(String source) {
    this.source = source.codePoints().toArray();
  }

  public static Expr parse(String source) {
    return new GrammarParser(source).grammar();
  }

  private Expr grammar() {
    skipBlank(true);
    while (peek() != END) {
      String name = name();
      skipBlank(false);
      if (!accept("::=")) {
        throw fault("'::=' is missing behind the name of a rule");
      }
      if (defined.contains(name)) {
        throw fault("the rule '%s' is defined twice".formatted(name));
      }
      defined.add(name);
      skipBlank(true);
      Rule rule = rule(name);
      rule.define(LeftRecursion.resolved(rule, alternatives(true)));
      skipBlank(true);
    }
    for (String name : rules.keySet()) {
      if (!defined.contains(name)) {
        throw new ConstraintException("The grammar does not define the rule '%s'.".formatted(name));
      }
    }
    if (!defined.contains(ROOT)) {
      throw new ConstraintException("The grammar has no rule 'root'.");
    }
    return Expr.call(rules.get(ROOT));
  }

  private Rule rule(String name) {
    return rules.computeIfAbsent(name, Rule::new);
  }

  // ---- alternatives, sequences

  /**
   * @param top whether a line's end ends it, unless what follows goes on
   */
  private Expr alternatives(boolean top) {
    if (++depth > DEEPEST) {
      throw fault("groups are nested too deeply");
    }
    List<Expr> options = new ArrayList<>();
    do {
      skipBlank(true);
      options.add(sequence(top));
      int end = at;
      skipBlank(true);
      if (peek() != '|') {
        at = end;
      }
    } while (accept("|"));
    depth--;
    return Expr.alt(options);
  }

  private Expr sequence(boolean top) {
    List<Expr> parts = new ArrayList<>();
    while (true) {
      int before = at;
      skipBlank(true);
      int c = peek();
      if (c == END || c == '|' || c == ')' || top && startsRule()) {
        at = before;
        return Expr.seq(parts);
      }
      parts.add(quantified(atom()));
    }
  }

  /** Whether a name and {@code ::=} follow. */
  private boolean startsRule() {
    int before = at;
    boolean starts = false;
    if (isNamePart(peek())) {
      while (isNamePart(peek())) {
        at++;
      }
      skipBlank(false);
      starts = peek() == ':' && at + 2 < source.length && source[at + 1] == ':';
    }
    at = before;
    return starts;
  }

  private Expr quantified(Expr atom) {
    Expr result = atom;
    while (true) {
      if (accept("*")) {
        result = Expr.star(result);
      } else if (accept("+")) {
        result = Expr.repeat(result, 1, Expr.UNLIMITED);
      } else if (accept("?")) {
        result = Expr.optional(result);
      } else if (accept("{")) {
        result = counted(result);
      } else {
        return result;
      }
    }
  }

  private Expr counted(Expr part) {
    skipBlank(false);
    int least = peek() == ',' ? 0 : count();
    int most = least;
    skipBlank(false);
    if (accept(",")) {
      skipBlank(false);
      most = peek() == '}' ? Expr.UNLIMITED : count();
    }
    skipBlank(false);
    if (!accept("}")) {
      throw fault("a '}' is missing");
    }
    if (most != Expr.UNLIMITED && most < least) {
      throw fault("a quantifier's bounds are the wrong way round");
    }
    return Expr.repeat(part, least, most);
  }

  private int count() {
    if (peek() < '0' || peek() > '9') {
      throw fault("a number is missing");
    }
    long value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = Math.min(Integer.MAX_VALUE, value * 10 + source[at++] - '0');
    }
    if (value > MOST_REPEATED) {
      throw fault("at most %d repetitions are supported".formatted(MOST_REPEATED));
    }
    return (int) value;
  }

  // ---- atoms

  private Expr atom() {
    int c = peek();
    if (c == '"' || c == '\'') {
      return literal(c);
    }
    if (c == '[') {
      at++;
      return Expr.chars(bracket());
    }
    if (accept(".")) {
      return Expr.chars(CodePoints.ALL);
    }
    if (accept("(")) {
      Expr inner = alternatives(false);
      skipBlank(true);
      if (!accept(")")) {
        throw fault("a ')' is missing");
      }
      return inner;
    }
    if (isNamePart(c)) {
      return Expr.call(rule(name()));
    }
    throw fault("'%s' was not expected".formatted(Character.toString(c)));
  }

  private Expr literal(int quote) {
    at++;
    StringBuilder text = new StringBuilder();
    while (peek() != quote) {
      if (peek() == END || peek() == '\n') {
        throw fault("a literal has no closing quote");
      }
      text.appendCodePoint(character());
    }
    at++;
    return Expr.text(text.toString());
  }

  private CodePoints bracket() {
    boolean negated = accept("^");
    CodePoints set = CodePoints.NONE;
    while (!accept("]")) {
      if (peek() == END) {
        throw fault("a ']' is missing");
      }
      int first = character();
      int last = first;
      if (peek() == '-' && at + 1 < source.length && source[at + 1] != ']') {
        at++;
        last = character();
      }
      if (last < first) {
        throw fault("a range's ends are the wrong way round");
      }
      set = set.or(CodePoints.of(first, last));
    }
    return negated ? set.not() : set;
  }

  private int character() {
    int c = source[at++];
    if (c != '\\') {
      return c;
    }
    int escaped = peek();
    at++;
    return switch (escaped) {
      case END -> throw fault("the grammar ends with a backslash");
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      default -> escaped;
    };
  }

  private int hex(int digits) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = peek() == END ? -1 : Character.digit(source[at], 16);
      if (digit < 0) {
        throw fault("a hexadecimal digit is missing");
      }
      value = value << 4 | digit;
      at++;
    }
    if (value > CodePoints.LAST) {
      throw fault("a character's number is too large");
    }
    return (int) value;
  }

  // ---- characters

  private String name() {
    int from = at;
    while (isNamePart(peek())) {
      at++;
    }
    if (at == from) {
      throw fault("the name of a rule is missing");
    }
    return new String(source, from, at - from);
  }

  private static boolean isNamePart(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '_';
  }

  private void skipBlank(boolean lines) {
    while (true) {
      int c = peek();
      if (c == ' ' || c == '\t' || c == '\r' || lines && c == '\n') {
        at++;
      } else if (c == '#') {
        while (peek() != END && peek() != '\n') {
          at++;
        }
      } else {
        return;
      }
    }
  }

  private int peek() {
    return at < source.length ? source[at] : END;
  }

  private boolean accept(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (at + i >= source.length || source[at + i] != text.charAt(i)) {
        return false;
      }
    }
    at += text.length();
    return true;
  }

  private ConstraintException fault(String problem) {
    int line = 1;
    for (int i = 0; i < Math.min(at, source.length); i++) {
      line += source[i] == '\n' ? 1 : 0;
    }
    return new ConstraintException(
        "The grammar is not usable at line %d: %s.".formatted(line, problem));
  }
}
