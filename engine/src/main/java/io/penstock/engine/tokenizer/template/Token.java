package io.penstock.engine.tokenizer.template;

/**
 * @param kind what it is
 * @param text as written: the name, operator or data; a string literal without quotes and escapes
 * @param value of a literal
 * @param line from 1
 */
record Token(Kind kind, String text, Object value, int line) {

  enum Kind {
    DATA,
    VARIABLE_BEGIN,
    VARIABLE_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    NUMBER,
    OPERATOR,
    END
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /** For error messages. */
  String describe() {
    return switch (kind) {
      case END -> "end of template";
      case DATA -> "template data";
      case BLOCK_END -> "end of statement block";
      case VARIABLE_END -> "end of print statement";
      default -> "'" + text + "'";
    };
  }
}
