package io.penstock.engine.grammar.expr;

import io.penstock.engine.core.ConstraintException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The named classes of regular expressions. Where ECMAScript and Java differ, what both agree on:
 * {@code \s} is ASCII's white space, {@code \S} leaves out Unicode's as well.
 */
final class RegexClasses {
  static final CodePoints DIGITS = CodePoints.of('0', '9');
  static final CodePoints WORD =
      DIGITS.or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of('_'));
  static final CodePoints SPACE = CodePoints.in(" \t\n\u000B\f\r");
  static final CodePoints LINE_ENDS = CodePoints.in("\n\r\u0085\u2028\u2029");
  static final CodePoints ANY = LINE_ENDS.not();

  private static final CodePoints UNICODE_SPACE =
      SPACE
          .or(LINE_ENDS)
          .or(CodePoints.in("\u00A0\u1680\u202F\u205F\u3000\uFEFF"))
          .or(CodePoints.of(0x2000, 0x200A));

  private RegexClasses() {}

  /**
   * The class of a backslash and a letter, or null when it is none.
   *
   * @param negated whether what is not in it is meant: then it is all that either language puts
   *     there
   */
  static CodePoints escaped(int letter, boolean negated) {
    return switch (letter) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.not();
      case 'w' -> WORD;
      case 'W' -> WORD.not();
      case 's' -> negated ? UNICODE_SPACE : SPACE;
      case 'S' -> (negated ? SPACE : UNICODE_SPACE).not();
      default -> null;
    };
  }

  /** Of all that were asked for; there are a few dozen. */
  private static final Map<String, CodePoints> CATEGORIES = new ConcurrentHashMap<>();

  /** A general category such as {@code Lu} or {@code L}, as Java's Unicode tables have it. */
  static CodePoints category(String name) {
    return CATEGORIES.computeIfAbsent(name, RegexClasses::search);
  }

  private static CodePoints search(String name) {
    int[] bounds = new int[2];
    CodePoints all = CodePoints.NONE;
    int first = -1;
    boolean known = false;
    for (int c = 0; c <= CodePoints.LAST + 1; c++) {
      boolean in = c <= CodePoints.LAST && categoryOf(c).startsWith(name);
      known |= in;
      if (in && first < 0) {
        first = c;
      } else if (!in && first >= 0) {
        bounds[0] = first;
        bounds[1] = c - 1;
        all = all.or(CodePoints.of(bounds[0], bounds[1]));
        first = -1;
      }
    }
    if (!known || name.isEmpty()) {
      throw new ConstraintException(
          "\\p{%s} is not supported; general categories such as L, Lu, N, P are.".formatted(name));
    }
    return all;
  }

  private static String categoryOf(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER -> "Lu";
      case Character.LOWERCASE_LETTER -> "Ll";
      case Character.TITLECASE_LETTER -> "Lt";
      case Character.MODIFIER_LETTER -> "Lm";
      case Character.OTHER_LETTER -> "Lo";
      case Character.NON_SPACING_MARK -> "Mn";
      case Character.ENCLOSING_MARK -> "Me";
      case Character.COMBINING_SPACING_MARK -> "Mc";
      case Character.DECIMAL_DIGIT_NUMBER -> "Nd";
      case Character.LETTER_NUMBER -> "Nl";
      case Character.OTHER_NUMBER -> "No";
      case Character.DASH_PUNCTUATION -> "Pd";
      case Character.START_PUNCTUATION -> "Ps";
      case Character.END_PUNCTUATION -> "Pe";
      case Character.CONNECTOR_PUNCTUATION -> "Pc";
      case Character.OTHER_PUNCTUATION -> "Po";
      case Character.INITIAL_QUOTE_PUNCTUATION -> "Pi";
      case Character.FINAL_QUOTE_PUNCTUATION -> "Pf";
      case Character.MATH_SYMBOL -> "Sm";
      case Character.CURRENCY_SYMBOL -> "Sc";
      case Character.MODIFIER_SYMBOL -> "Sk";
      case Character.OTHER_SYMBOL -> "So";
      case Character.SPACE_SEPARATOR -> "Zs";
      case Character.LINE_SEPARATOR -> "Zl";
      case Character.PARAGRAPH_SEPARATOR -> "Zp";
      default -> "";
    };
  }
}
