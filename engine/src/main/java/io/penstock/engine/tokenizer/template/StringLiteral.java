package io.penstock.engine.tokenizer.template;

/** Python's escapes in string literals. */
final class StringLiteral {
  private StringLiteral() {}

  static String unescape(String body) {
    if (body.indexOf('\\') < 0) {
      return body;
    }
    StringBuilder out = new StringBuilder(body.length());
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      if (c != '\\' || i + 1 == body.length()) {
        out.append(c);
        continue;
      }
      char escape = body.charAt(++i);
      switch (escape) {
        case '\n' -> {}
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'v' -> out.append('\u000B');
        case '\\', '\'', '"' -> out.append(escape);
        case 'x' -> i = codePoint(body, i, 2, out);
        case 'u' -> i = codePoint(body, i, 4, out);
        case 'U' -> i = codePoint(body, i, 8, out);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          int end = i;
          int value = 0;
          while (end < body.length() && end < i + 3 && Character.digit(body.charAt(end), 8) >= 0) {
            value = value * 8 + Character.digit(body.charAt(end++), 8);
          }
          out.append((char) value);
          i = end - 1;
        }
        default -> out.append('\\').append(escape);
      }
    }
    return out.toString();
  }

  /** Appends the character with the hexadecimal digits after position i; returns the last's. */
  private static int codePoint(String body, int i, int digits, StringBuilder out) {
    int end = i + 1 + digits;
    int value = 0;
    for (int at = i + 1; at < end; at++) {
      int digit = at < body.length() ? Character.digit(body.charAt(at), 16) : -1;
      if (digit < 0) {
        throw new TemplateException("truncated \\%s escape".formatted(body.charAt(i)));
      }
      value = value << 4 | digit;
    }
    if (!Character.isValidCodePoint(value)) {
      throw new TemplateException("illegal Unicode character in an escape");
    }
    out.appendCodePoint(value);
    return end - 1;
  }
}
