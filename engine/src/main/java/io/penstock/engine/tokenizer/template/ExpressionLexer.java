package io.penstock.engine.tokenizer.template;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tokens inside a tag. Its end mark counts only where all brackets are closed. */
final class ExpressionLexer {
  private static final Pattern FLOAT =
      Pattern.compile(
          "(?<!\\.)(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");
  private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}\\p{M}_]*");
  private static final Pattern OPERATOR =
      Pattern.compile("//|\\*\\*|==|!=|>=|<=|[-+*/%~\\[\\](){}<>=.:|,;]");

  private final String source;
  private final String endMark;
  private final Deque<Character> open = new ArrayDeque<>();
  private int end;

  ExpressionLexer(String source, String endMark) {
    this.source = source;
    this.endMark = endMark;
  }

  int skipSpace(int from) {
    int at = from;
    while (at < source.length() && CodePoints.isSpace(source.charAt(at))) {
      at++;
    }
    return at;
  }

  /** Where the tag ends if its end mark, with an optional sign, is here; else -1. */
  int closing(int from, boolean block) {
    if (!open.isEmpty()) {
      return -1;
    }
    char sign = source.charAt(from);
    int mark = sign == '-' || sign == '+' && block ? from + 1 : from;
    return source.startsWith(endMark, mark) ? mark + endMark.length() : -1;
  }

  /** Where the last token ended. */
  int end() {
    return end;
  }

  Token next(int from, int line) {
    char c = source.charAt(from);
    if (c == '\'' || c == '"') {
      int close = closingQuote(from);
      end = close + 1;
      String text = StringLiteral.unescape(source.substring(from + 1, close));
      return new Token(Token.Kind.STRING, text, text, line);
    }
    if (matches(FLOAT, from)) {
      String digits = source.substring(from, end);
      double value = Double.parseDouble(digits.replace("_", ""));
      return new Token(Token.Kind.NUMBER, digits, value, line);
    }
    if (matches(INTEGER, from)) {
      String digits = source.substring(from, end);
      return new Token(Token.Kind.NUMBER, digits, integer(digits.replace("_", "")), line);
    }
    if (matches(NAME, from)) {
      return new Token(Token.Kind.NAME, source.substring(from, end), null, line);
    }
    if (matches(OPERATOR, from)) {
      String operator = source.substring(from, end);
      balance(operator.charAt(0));
      return new Token(Token.Kind.OPERATOR, operator, null, line);
    }
    throw new TemplateException(
        "unexpected character '%s'".formatted(Character.toString(source.codePointAt(from))));
  }

  private boolean matches(Pattern pattern, int from) {
    Matcher matcher = pattern.matcher(source).region(from, source.length());
    matcher.useTransparentBounds(true);
    if (!matcher.lookingAt()) {
      return false;
    }
    end = matcher.end();
    return true;
  }

  private int closingQuote(int from) {
    char quote = source.charAt(from);
    for (int i = from + 1; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == quote) {
        return i;
      }
    }
    throw new TemplateException("string is not closed");
  }

  private void balance(char bracket) {
    switch (bracket) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty() || open.pop() != bracket) {
          throw new TemplateException("unexpected '%s'".formatted(bracket));
        }
      }
      default -> {}
    }
  }

  private static Object integer(String digits) {
    int radix =
        digits.length() < 2
            ? 10
            : switch (Character.toLowerCase(digits.charAt(1))) {
              case 'x' -> 16;
              case 'o' -> 8;
              case 'b' -> 2;
              default -> 10;
            };
    return Numbers.narrow(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
  }
}
