package io.penstock.engine.grammar.expr;

import java.util.Map;

/** Lark's library {@code common}, as regular expressions. */
final class LarkCommon {
  private static final String INT = "[0-9]+";
  private static final String DECIMAL = "([0-9]+\\.[0-9]*|\\.[0-9]+)";
  private static final String EXPONENT = "[eE][+-]?[0-9]+";
  private static final String FLOAT = "(" + INT + EXPONENT + "|" + DECIMAL + "(" + EXPONENT + ")?)";

  private static final Map<String, String> PATTERNS =
      Map.ofEntries(
          Map.entry("DIGIT", "[0-9]"),
          Map.entry("HEXDIGIT", "[0-9a-fA-F]"),
          Map.entry("INT", INT),
          Map.entry("SIGNED_INT", "[+-]?" + INT),
          Map.entry("DECIMAL", DECIMAL),
          Map.entry("FLOAT", FLOAT),
          Map.entry("SIGNED_FLOAT", "[+-]?" + FLOAT),
          Map.entry("NUMBER", "(" + FLOAT + "|" + INT + ")"),
          Map.entry("SIGNED_NUMBER", "[+-]?(" + FLOAT + "|" + INT + ")"),
          Map.entry("ESCAPED_STRING", "\"([^\"\\\\\\n\\r]|\\\\.)*\""),
          Map.entry("LCASE_LETTER", "[a-z]"),
          Map.entry("UCASE_LETTER", "[A-Z]"),
          Map.entry("LETTER", "[A-Za-z]"),
          Map.entry("WORD", "[A-Za-z]+"),
          Map.entry("CNAME", "[_A-Za-z][_A-Za-z0-9]*"),
          Map.entry("WS_INLINE", "[ \\t]+"),
          Map.entry("WS", "[ \\t\\f\\r\\n]+"),
          Map.entry("CR", "\\r"),
          Map.entry("LF", "\\n"),
          Map.entry("NEWLINE", "(\\r?\\n)+"),
          Map.entry("SH_COMMENT", "#[^\\n]*"),
          Map.entry("CPP_COMMENT", "//[^\\n]*"),
          Map.entry("SQL_COMMENT", "--[^\\n]*"));

  private LarkCommon() {}

  static boolean has(String name) {
    return PATTERNS.containsKey(name);
  }

  static Expr of(String name) {
    return RegexParser.whole(PATTERNS.get(name));
  }
}
