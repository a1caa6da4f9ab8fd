package io.penstock.engine.grammar.expr;

import io.penstock.engine.core.ConstraintException;

/** The characters of a grammar in Lark's notation, without comments and blanks. */
final class LarkLexer {
  private static final int END = -1;
  private static final int MOST_REPEATED = 10_000;

  private final int[] source;
  private int at;

  LarkLexer(String source) {
    this.source = source.codePoints().toArray();
    skipLines();
  }

  boolean atEnd() {
    skipBlank();
    return at >= source.length;
  }

  int peek() {
    skipBlank();
    return at < source.length ? source[at] : END;
  }

  boolean accept(String text) {
    skipBlank();
    for (int i = 0; i < text.length(); i++) {
      if (at + i >= source.length || source[at + i] != text.charAt(i)) {
        return false;
      }
    }
    at += text.length();
    return true;
  }

  void require(String text) {
    if (!accept(text)) {
      throw fault("'%s' is missing".formatted(text));
    }
  }

  void acceptAny(String characters) {
    while (peek() != END && characters.indexOf(peek()) >= 0) {
      at++;
    }
  }

  /** A letter right behind what was read last. */
  boolean acceptFlag(char flag) {
    if (at < source.length && source[at] == flag) {
      at++;
      return true;
    }
    return false;
  }

  boolean startsAtom() {
    int c = peek();
    return c == '(' || c == '[' || c == '"' || c == '/' || isNamePart(c);
  }

  String name() {
    skipBlank();
    int from = at;
    while (at < source.length && isNamePart(source[at])) {
      at++;
    }
    if (at == from) {
      throw fault("a name is missing");
    }
    return new String(source, from, at - from);
  }

  int number() {
    skipBlank();
    int from = at;
    long value = 0;
    while (at < source.length && source[at] >= '0' && source[at] <= '9') {
      value = Math.min(Integer.MAX_VALUE, value * 10 + source[at++] - '0');
    }
    if (at == from) {
      throw fault("a number is missing");
    }
    if (value > MOST_REPEATED) {
      throw fault("at most %d repetitions are supported".formatted(MOST_REPEATED));
    }
    return (int) value;
  }

  String string() {
    require("\"");
    StringBuilder text = new StringBuilder();
    while (true) {
      int c = next("a string has no closing quote");
      if (c == '"') {
        return text.toString();
      }
      text.appendCodePoint(c == '\\' ? escaped() : c);
    }
  }

  private int escaped() {
    int c = next("a string has no closing quote");
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'f' -> '\f';
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      default -> c;
    };
  }

  private int hex(int digits) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(next("a hexadecimal digit is missing"), 16);
      if (digit < 0) {
        throw fault("a hexadecimal digit is missing");
      }
      value = value << 4 | digit;
    }
    if (value > CodePoints.LAST) {
      throw fault("a character's number is too large");
    }
    return (int) value;
  }

  /** A regular expression between slashes, with its flags. */
  Expr regex() {
    require("/");
    StringBuilder pattern = new StringBuilder();
    while (true) {
      int c = next("a regular expression has no closing '/'");
      if (c == '/') {
        break;
      }
      if (c == '\\' && at < source.length && source[at] == '/') {
        c = source[at++];
      } else if (c == '\\') {
        pattern.append('\\');
        c = next("a regular expression has no closing '/'");
      }
      pattern.appendCodePoint(c);
    }
    StringBuilder flags = new StringBuilder();
    while (at < source.length && "imslux".indexOf(source[at]) >= 0) {
      if (source[at] == 'x') {
        throw fault("the flag 'x' is not supported");
      }
      if (source[at] == 'i' || source[at] == 's') { // the others change nothing here
        flags.append((char) source[at]);
      }
      at++;
    }
    try {
      return RegexParser.whole((flags.isEmpty() ? "" : "(?" + flags + ")") + pattern);
    } catch (ConstraintException e) {
      throw new ConstraintException("In line %d: %s".formatted(line(), e.getMessage()));
    }
  }

  private int next(String problem) {
    if (at >= source.length || source[at] == '\n') {
      throw fault(problem);
    }
    return source[at++];
  }

  // ---- blanks

  private void skipBlank() {
    while (at < source.length) {
      int c = source[at];
      if (c == ' ' || c == '\t' || c == '\r') {
        at++;
      } else if (c == '#' || c == '/' && at + 1 < source.length && source[at + 1] == '/') {
        while (at < source.length && source[at] != '\n') {
          at++;
        }
      } else {
        return;
      }
    }
  }

  /** Goes to the next line that says something; false when this one goes on. */
  boolean skipLines() {
    skipBlank();
    boolean ended = at >= source.length;
    while (at < source.length && source[at] == '\n') {
      ended = true;
      at++;
      skipBlank();
    }
    return ended;
  }

  /** Goes to a character on a later line, if nothing else stands before it. */
  void skipTo(int wanted) {
    int before = at;
    skipLines();
    if (at >= source.length || source[at] != wanted) {
      at = before;
    }
  }

  private static boolean isNamePart(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
  }

  private int line() {
    int line = 1;
    for (int i = 0; i < Math.min(at, source.length); i++) {
      line += source[i] == '\n' ? 1 : 0;
    }
    return line;
  }

  ConstraintException fault(String problem) {
    return new ConstraintException(
        "The grammar is not usable at line %d: %s.".formatted(line(), problem));
  }
}
