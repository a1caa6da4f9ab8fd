package io.penstock.engine.grammar.expr;

import io.penstock.engine.core.ConstraintException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads regular expressions in what ECMAScript and Java have in common: classes, groups,
 * alternatives, quantifiers (lazy ones mean the same language), anchors, word boundaries, and the
 * flags {@code (?i)} and {@code (?s)} at the beginning. Look-around and back references are
 * refused.
 */
public final class RegexParser {
  private static final int MOST_REPEATED = 10_000;
  private static final int DEEPEST = 100;
  private static final int END = -1;

  private final int[] pattern;
  private final Function<CodePoints, Expr> writer;
  private final boolean json;
  private final Map<CodePoints, Expr> written = new HashMap<>();
  private CodePoints any = RegexClasses.ANY;
  private boolean ignoreCase;
  private boolean asserts;
  private int at;
  private int depth;

  private RegexParser(String pattern, Function<CodePoints, Expr> writer, boolean json) {
    this.pattern = pattern.codePoints().toArray();
    this.writer = writer;
    this.json = json;
  }

  /** Texts that match as a whole. */
  public static Expr whole(String pattern) {
    return new RegexParser(pattern, Expr::chars, false).parse(false);
  }

  /**
   * Contents of JSON strings with a match somewhere, as JSON Schema means it.
   *
   * @param writer how one character of a set is written in such a string
   */
  public static Expr search(String pattern, Function<CodePoints, Expr> writer) {
    return new RegexParser(pattern, writer, true).parse(true);
  }

  // ---- alternatives and sequences

  private Expr parse(boolean search) {
    flags();
    Expr rest = Expr.star(write(CodePoints.ALL));
    List<Expr> branches = new ArrayList<>();
    do {
      boolean fromStart = false;
      while (peek() == '^') {
        fromStart = true;
        at++;
      }
      Expr branch = sequence(true);
      boolean toEnd = false;
      while (peek() == '$') {
        toEnd = true;
        at++;
      }
      Expr before = search && !fromStart ? rest : Expr.EMPTY;
      Expr after = search && !toEnd ? rest : Expr.EMPTY;
      branches.add(Expr.seq(before, branch, after));
    } while (accept('|'));
    if (peek() == ')') {
      throw fault("a ')' has no '('");
    }
    Expr all = Expr.alt(branches);
    return asserts ? Expr.asserting(all, json) : all;
  }

  private void flags() {
    int end = 2;
    while (peek(end) == 'i' || peek(end) == 's') {
      end++;
    }
    if (end > 2 && peek() == '(' && peek(1) == '?' && peek(end) == ')') {
      for (int i = 2; i < end; i++) {
        ignoreCase |= peek(i) == 'i';
        any = peek(i) == 's' ? CodePoints.ALL : any;
      }
      at += end + 1;
    }
  }

  private Expr alternatives() {
    if (++depth > DEEPEST) {
      throw fault("groups are nested too deeply");
    }
    List<Expr> options = new ArrayList<>();
    do {
      options.add(sequence(false));
    } while (accept('|'));
    depth--;
    return Expr.alt(options);
  }

  /**
   * @param top whether it leaves {@code $} at its end to the caller
   */
  private Expr sequence(boolean top) {
    List<Expr> parts = new ArrayList<>();
    while (peek() != END && peek() != '|' && peek() != ')' && !(top && onlyEndsFollow())) {
      parts.add(quantified(atom()));
    }
    return Expr.seq(parts);
  }

  private boolean onlyEndsFollow() {
    int ahead = 0;
    while (peek(ahead) == '$') {
      ahead++;
    }
    return ahead > 0 && (peek(ahead) == END || peek(ahead) == '|');
  }

  private Expr quantified(Expr atom) {
    int least;
    int most;
    switch (peek()) {
      case '*' -> {
        least = 0;
        most = Expr.UNLIMITED;
        at++;
      }
      case '+' -> {
        least = 1;
        most = Expr.UNLIMITED;
        at++;
      }
      case '?' -> {
        least = 0;
        most = 1;
        at++;
      }
      case '{' -> {
        if (!isDigit(peek(1))) {
          return atom; // a brace that stands for itself
        }
        at++;
        least = count();
        most = least;
        if (accept(',')) {
          most = isDigit(peek()) ? count() : Expr.UNLIMITED;
        }
        if (!accept('}')) {
          throw fault("a '}' is missing");
        }
        if (most != Expr.UNLIMITED && most < least) {
          throw fault("a quantifier's bounds are the wrong way round");
        }
      }
      default -> {
        return atom;
      }
    }
    accept('?'); // lazy: the same texts
    if (peek() == '+' || peek() == '*' || peek() == '{' && isDigit(peek(1))) {
      throw fault("a quantifier follows a quantifier");
    }
    return Expr.repeat(atom, least, most);
  }

  private int count() {
    int from = at;
    long value = 0;
    while (isDigit(peek())) {
      value = Math.min(Integer.MAX_VALUE, value * 10 + pattern[at++] - '0');
    }
    if (value > MOST_REPEATED) {
      at = from;
      throw fault("at most %d repetitions are supported".formatted(MOST_REPEATED));
    }
    return (int) value;
  }

  // ---- atoms

  private Expr atom() {
    int c = pattern[at++];
    return switch (c) {
      case '(' -> group();
      case '[' -> write(bracket());
      case '.' -> write(any);
      case '^' -> assertion(Assertion.START);
      case '$' -> assertion(Assertion.END);
      case '\\' -> {
        Assertion asserted = Assertion.escaped(peek());
        if (asserted != null) {
          at++;
        }
        yield asserted == null ? write(escape(false)) : assertion(asserted);
      }
      case '*', '+', '?' -> throw fault(at - 1, "nothing stands before a quantifier");
      default -> write(CodePoints.of(c));
    };
  }

  private Expr assertion(Assertion assertion) {
    asserts = true;
    return Expr.bytes(new byte[] {(byte) assertion.mark()});
  }

  private Expr group() {
    if (accept('?')) {
      if (accept('<')) {
        if (peek() == '=' || peek() == '!') {
          throw fault("look-behind is not supported");
        }
        while (peek() != END && peek() != '>') {
          at++;
        }
        if (!accept('>')) {
          throw fault("a group's name has no '>'");
        }
      } else if (!accept(':')) {
        throw fault(
            peek() == '=' || peek() == '!'
                ? "look-ahead is not supported"
                : "this kind of group is not supported");
      }
    }
    Expr inner = alternatives();
    if (!accept(')')) {
      throw fault("a ')' is missing");
    }
    return inner;
  }

  private CodePoints bracket() {
    boolean negated = accept('^');
    CodePoints set = CodePoints.NONE;
    while (peek() != ']') {
      if (peek() == END) {
        throw fault("a ']' is missing");
      }
      if (peek() == '[' && peek(1) == ':' || peek() == '&' && peek(1) == '&') {
        throw fault("this kind of class is not supported");
      }
      CodePoints from = member(negated);
      if (peek() == '-' && peek(1) != ']' && peek(1) != END) {
        at++;
        CodePoints to = member(negated);
        set = set.or(range(from, to));
      } else {
        set = set.or(from);
      }
    }
    at++;
    CodePoints cased = ignoreCase ? set.anyCase() : set;
    return negated ? cased.not() : cased;
  }

  private CodePoints range(CodePoints from, CodePoints to) {
    int[] a = from.bounds();
    int[] b = to.bounds();
    if (a.length != 2 || a[0] != a[1] || b.length != 2 || b[0] != b[1]) {
      throw fault("a range's ends must be single characters");
    }
    if (a[0] > b[0]) {
      throw fault("a range's ends are the wrong way round");
    }
    return CodePoints.of(a[0], b[0]);
  }

  private CodePoints member(boolean negated) {
    int c = pattern[at++];
    return c == '\\' ? escape(negated) : CodePoints.of(c);
  }

  private CodePoints escape(boolean negated) {
    if (peek() == END) {
      throw fault("the pattern ends with a backslash");
    }
    int c = pattern[at++];
    CodePoints named = RegexClasses.escaped(c, negated);
    if (named != null) {
      return named;
    }
    return switch (c) {
      case 't' -> CodePoints.of('\t');
      case 'n' -> CodePoints.of('\n');
      case 'r' -> CodePoints.of('\r');
      case 'f' -> CodePoints.of('\f');
      case 'v' -> CodePoints.of(0x0B);
      case '0' -> CodePoints.of(0);
      case 'x' -> CodePoints.of(hex(2));
      case 'u' -> unicode();
      case 'p', 'P' -> property(c == 'P');
      case 'b' -> CodePoints.of('\b'); // elsewhere it is an assertion
      default -> {
        if (c >= '1' && c <= '9') {
          throw fault(at - 1, "back references are not supported");
        }
        if (Character.isLetter(c)) {
          throw fault(at - 1, "'\\%s' is not supported".formatted(Character.toString(c)));
        }
        yield CodePoints.of(c);
      }
    };
  }

  private CodePoints unicode() {
    if (accept('{')) {
      int value = 0;
      while (peek() != '}') {
        value = Math.min(CodePoints.LAST + 1, value << 4 | digit());
      }
      at++;
      return CodePoints.of(value, Math.min(value, CodePoints.LAST));
    }
    int value = hex(4);
    if (Character.isHighSurrogate((char) value) && peek() == '\\' && peek(1) == 'u') {
      at += 2;
      value = Character.toCodePoint((char) value, (char) hex(4));
    }
    return CodePoints.of(value);
  }

  private CodePoints property(boolean negated) {
    StringBuilder name = new StringBuilder();
    if (accept('{')) {
      while (peek() != '}' && peek() != END) {
        name.appendCodePoint(pattern[at++]);
      }
      if (!accept('}')) {
        throw fault("a '}' is missing");
      }
    } else if (peek() != END) {
      name.appendCodePoint(pattern[at++]);
    }
    CodePoints set = RegexClasses.category(name.toString());
    return negated ? set.not() : set;
  }

  private int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      value = value << 4 | digit();
    }
    return value;
  }

  private int digit() {
    int digit = peek() == END ? -1 : Character.digit(pattern[at], 16);
    if (digit < 0) {
      throw fault("a hexadecimal digit is missing");
    }
    at++;
    return digit;
  }

  // ---- characters

  private Expr write(CodePoints set) {
    CodePoints cased = ignoreCase ? set.anyCase() : set;
    return written.computeIfAbsent(cased, writer);
  }

  private int peek() {
    return peek(0);
  }

  private int peek(int ahead) {
    return at + ahead < pattern.length ? pattern[at + ahead] : END;
  }

  private boolean accept(int c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private ConstraintException fault(String problem) {
    return fault(at, problem);
  }

  private static ConstraintException fault(int index, String problem) {
    return new ConstraintException(
        "The regular expression is not usable at character %d: %s.".formatted(index, problem));
  }
}
