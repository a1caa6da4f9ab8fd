package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into data and tags, and applies Jinja's whitespace control with {@code
 * trim_blocks} and {@code lstrip_blocks} on, as Hugging Face renders chat templates: the newline
 * after a block or comment goes, and so does the indentation before one that begins its line; a
 * minus sign strips all whitespace on its side, a plus sign switches the automatic stripping off.
 * The template's last newline is dropped.
 */
final class Lexer {
  private static final Pattern RAW_BEGIN = Pattern.compile("\\{%[-+]?\\s*raw\\s*(?:-%}\\s*|%})");
  private static final Pattern RAW_END =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\\n?)");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;
  private int counted; // up to where newlines are in the line number
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    String normal = source.replace("\r\n", "\n").replace('\r', '\n');
    if (normal.endsWith("\n")) {
      normal = normal.substring(0, normal.length() - 1);
    }
    Lexer lexer = new Lexer(normal);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (position < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        data(source.substring(position));
        position = source.length();
        break;
      }
      char kind = source.charAt(tag + 1);
      Matcher raw = RAW_BEGIN.matcher(source).region(tag, source.length());
      boolean isRaw = kind == '%' && raw.lookingAt();
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      boolean signed = sign == '-' || sign == '+';
      data(strip(source.substring(position, tag), signed ? sign : ' ', kind == '{'));
      if (isRaw) {
        advance(raw.end());
        raw();
        continue;
      }
      advance(tag + (signed ? 3 : 2));
      switch (kind) {
        case '#' -> comment();
        case '%' -> tag(Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END);
        default -> tag(Token.Kind.VARIABLE_BEGIN, Token.Kind.VARIABLE_END);
      }
    }
    add(Token.Kind.END, "", null);
  }

  private int nextTag() {
    for (int at = source.indexOf('{', position); at >= 0; at = source.indexOf('{', at + 1)) {
      if (at + 1 < source.length() && "{%#".indexOf(source.charAt(at + 1)) >= 0) {
        return at;
      }
    }
    return -1;
  }

  /** Applies the whitespace control of the tag that follows the data. */
  private String strip(String data, char sign, boolean variable) {
    if (sign == '-') {
      return CodePoints.strip(data, null, false, true);
    }
    if (sign == '+' || variable) {
      return data;
    }
    int lineStart = data.lastIndexOf('\n') + 1;
    boolean beginsLine = lineStart > 0 || lineStarting;
    return beginsLine && CodePoints.strip(data.substring(lineStart), null, true, false).isEmpty()
        ? data.substring(0, lineStart)
        : data;
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      add(Token.Kind.DATA, text, null);
    }
  }

  private void comment() {
    int end = source.indexOf("#}", position);
    if (end < 0) {
      throw error("comment is not closed");
    }
    char sign = end > position ? source.charAt(end - 1) : ' ';
    closeTag(end + 2, sign, true);
  }

  private void raw() {
    Matcher end = RAW_END.matcher(source);
    if (!end.find(position)) {
      throw error("raw block is not closed");
    }
    char sign = end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0);
    data(strip(source.substring(position, end.start()), sign, false));
    advance(end.end());
  }

  private void tag(Token.Kind begin, Token.Kind end) {
    add(begin, "", null);
    boolean block = end == Token.Kind.BLOCK_END;
    ExpressionLexer inside = new ExpressionLexer(source, block ? "%}" : "}}");
    while (true) {
      int from = inside.skipSpace(position);
      advance(from);
      if (from >= source.length()) {
        throw error(block ? "statement is not closed" : "print statement is not closed");
      }
      int close = inside.closing(from, block);
      if (close >= 0) {
        add(end, "", null);
        closeTag(close, source.charAt(from), block);
        return;
      }
      Token token;
      try {
        token = inside.next(from, line);
      } catch (TemplateException e) {
        throw e.at(line);
      }
      tokens.add(token);
      advance(inside.end());
    }
  }

  /** Goes on after a tag's end, and what its sign or {@code trim_blocks} strips there. */
  private void closeTag(int end, char sign, boolean trimNewline) {
    int to = end;
    if (sign == '-') {
      while (to < source.length() && CodePoints.isSpace(source.charAt(to))) {
        to++;
      }
    } else if (sign != '+' && trimNewline && to < source.length() && source.charAt(to) == '\n') {
      to++;
    }
    advance(to);
  }

  private void advance(int to) {
    if (to > position) {
      lineStarting = source.charAt(to - 1) == '\n';
    }
    position = to;
    for (; counted < to; counted++) {
      if (source.charAt(counted) == '\n') {
        line++;
      }
    }
  }

  private void add(Token.Kind kind, String text, Object value) {
    tokens.add(new Token(kind, text, value, line));
  }

  private TemplateException error(String message) {
    return new TemplateException(message).at(line);
  }
}
