package io.penstock.engine.grammar.schema;

import io.penstock.engine.grammar.expr.CodePoints;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.Rule;
import io.penstock.engine.grammar.expr.TextTree;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * JSON (RFC 8259) as expressions, with bounds where the format has none: a model that may write
 * white space or digits without end sometimes does.
 */
final class JsonExprs {
  private static final int DEEPEST_INDENTATION = 32;
  private static final int INTEGER_DIGITS = 16;

  static final CodePoints CONTROLS = CodePoints.of(0, 0x1F);
  static final CodePoints PLAIN = CodePoints.ALL.minus(CodePoints.in("\"\\").or(CONTROLS));
  static final Expr DIGIT = Expr.chars(CodePoints.of('0', '9'));
  static final Expr DIGIT_1_TO_9 = Expr.chars(CodePoints.of('1', '9'));

  /** Nothing, a space, or a new line and its indentation. */
  static final Expr SPACE =
      Expr.alt(
          Expr.EMPTY,
          Expr.text(" "),
          Expr.seq(Expr.text("\n"), Expr.repeat(Expr.text(" "), 0, DEEPEST_INDENTATION)));

  static final Expr COMMA = Expr.seq(Expr.text(","), SPACE);
  static final Expr QUOTE = Expr.text("\"");

  /** One character of a string, however it is written. */
  static final Expr CHARACTER = Expr.alt(Expr.chars(PLAIN), escape());

  static final Expr STRING = Expr.seq(QUOTE, Expr.star(CHARACTER), QUOTE);

  static final Expr WHOLE = // without a sign
      Expr.alt(Expr.text("0"), Expr.seq(DIGIT_1_TO_9, Expr.repeat(DIGIT, 0, INTEGER_DIGITS - 1)));

  static final Expr INTEGER = Expr.seq(Expr.optional(Expr.text("-")), WHOLE);

  static final Expr FRACTION = Expr.seq(Expr.text("."), Expr.repeat(DIGIT, 1, INTEGER_DIGITS));

  static final Expr NUMBER =
      Expr.seq(
          INTEGER,
          Expr.optional(FRACTION),
          Expr.optional(
              Expr.seq(
                  Expr.chars(CodePoints.in("eE")),
                  Expr.optional(Expr.chars(CodePoints.in("+-"))),
                  Expr.repeat(DIGIT, 1, 2))));

  static final Expr BOOLEAN = Expr.alt(Expr.text("true"), Expr.text("false"));
  static final Expr NULL = Expr.text("null");

  private static final Rule ANY = new Rule("any JSON value");

  /** Any JSON value. */
  static final Expr VALUE = Expr.call(ANY);

  static final Expr OBJECT = list("{", "}", Expr.seq(STRING, Expr.text(":"), SPACE, VALUE));
  static final Expr ARRAY = list("[", "]", VALUE);

  static {
    ANY.define(Expr.alt(OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NULL));
  }

  private JsonExprs() {}

  private static Expr list(String open, String close, Expr item) {
    Expr items = Expr.seq(item, Expr.star(Expr.seq(COMMA, item)));
    return enclosed(open, Expr.alt(Expr.EMPTY, items), close);
  }

  static Expr enclosed(String open, Expr content, String close) {
    return Expr.seq(Expr.text(open), SPACE, content, SPACE, Expr.text(close));
  }

  private static Expr escape() {
    CodePoints hex = CodePoints.in("0123456789abcdefABCDEF");
    Expr any = Expr.chars(hex);
    Expr scalar = // not a surrogate
        Expr.alt(
            Expr.seq(Expr.chars(hex.minus(CodePoints.in("dD"))), any, any, any),
            Expr.seq(
                Expr.chars(CodePoints.in("dD")), Expr.chars(CodePoints.of('0', '7')), any, any));
    Expr high = Expr.seq(Expr.chars(CodePoints.in("dD")), Expr.chars(CodePoints.in("89abAB")));
    Expr low = Expr.seq(Expr.chars(CodePoints.in("dD")), Expr.chars(CodePoints.in("cdefCDEF")));
    return Expr.seq(
        Expr.text("\\"),
        Expr.alt(
            Expr.chars(CodePoints.in("\"\\/bfnrt")),
            Expr.seq(Expr.text("u"), scalar),
            Expr.seq(Expr.text("u"), high, any, any, Expr.text("\\u"), low, any, any)));
  }

  /** One character of a set within a string, as it is usually written. */
  static Expr character(CodePoints set) {
    List<Expr> ways = new ArrayList<>();
    ways.add(Expr.chars(set.and(PLAIN)));
    for (int c : new int[] {'"', '\\'}) {
      if (set.contains(c)) {
        ways.add(Expr.text("\\" + (char) c));
      }
    }
    for (int c = 0; c < 0x20; c++) {
      if (set.contains(c)) {
        int letter = "\b\t\n\f\r".indexOf(c);
        ways.add(Expr.text(letter < 0 ? "\\u%04x".formatted(c) : "\\" + "btnfr".charAt(letter)));
      }
    }
    return Expr.alt(ways);
  }

  /** One of some given values. */
  static Expr anyOf(Collection<JsonNode> values) {
    List<Expr> options = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (JsonNode value : values) {
      if (value.isContainer()) {
        options.add(literal(value));
      } else {
        texts.add(value.toString());
      }
    }
    options.add(TextTree.of(texts));
    return Expr.alt(options);
  }

  /** A given value. */
  static Expr literal(JsonNode value) {
    if (value.isObject()) {
      List<Expr> members = new ArrayList<>();
      for (Map.Entry<String, JsonNode> member : value.properties()) {
        members.add(members.isEmpty() ? Expr.EMPTY : COMMA);
        members.add(key(member.getKey()));
        members.add(literal(member.getValue()));
      }
      return enclosed("{", Expr.seq(members), "}");
    }
    if (value.isArray()) {
      List<Expr> items = new ArrayList<>();
      for (JsonNode item : value) {
        items.add(items.isEmpty() ? Expr.EMPTY : COMMA);
        items.add(literal(item));
      }
      return enclosed("[", Expr.seq(items), "]");
    }
    return Expr.text(value.toString());
  }

  /** A property's name and what stands between it and its value. */
  static Expr key(String name) {
    return Expr.seq(Expr.text(string(name) + ":"), SPACE);
  }

  /** A string as JSON. */
  static String string(String text) {
    return tools.jackson.databind.node.StringNode.valueOf(text).toString();
  }
}
