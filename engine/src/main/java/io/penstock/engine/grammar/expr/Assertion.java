package io.penstock.engine.grammar.expr;

/**
 * What a regular expression asks of a place and not of characters. Within an expression it stands
 * as a byte that no UTF-8 has; whoever makes an automaton of it takes these bytes out again.
 */
public enum Assertion {
  /** Nothing stands before. */
  START(0xF8),
  /** Nothing follows. */
  END(0xF9),
  /** A word's character on one side only. */
  BOUNDARY(0xFA),
  /** One on both sides, or on none. */
  NO_BOUNDARY(0xFB);

  private final int mark;

  Assertion(int mark) {
    this.mark = mark;
  }

  public int mark() {
    return mark;
  }

  /** What a backslash and a letter assert, or null. */
  static Assertion escaped(int letter) {
    return switch (letter) {
      case 'A' -> START;
      case 'z', 'Z' -> END;
      case 'b' -> BOUNDARY;
      case 'B' -> NO_BOUNDARY;
      default -> null;
    };
  }
}
