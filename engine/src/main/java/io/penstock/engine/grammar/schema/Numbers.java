package io.penstock.engine.grammar.schema;

import static io.penstock.engine.grammar.schema.JsonExprs.DIGIT;

import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.expr.CodePoints;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Numbers within bounds, digit by digit; without exponents. */
final class Numbers {
  private static final int DIGITS = 16;
  private static final int MOST_NODES = 20_000;
  private static final Expr POINT = Expr.text(".");
  private static final Expr MINUS = Expr.text("-");

  private Numbers() {}

  /**
   * A bound of either end.
   *
   * @param value null for none
   */
  record Bound(BigDecimal value, boolean exclusive) {
    static final Bound NONE = new Bound(null, false);

    Bound negated() {
      return value == null ? this : new Bound(value.negate(), exclusive);
    }
  }

  // ---- integers

  /** Integers from {@code least} to {@code most}, each null for no bound. */
  static Expr integers(BigInteger least, BigInteger most) {
    Expr positive = whole(least == null ? BigInteger.ZERO : least.max(BigInteger.ZERO), most);
    if (least != null && least.signum() >= 0) {
      return positive;
    }
    BigInteger smallest = most == null ? BigInteger.ONE : most.negate().max(BigInteger.ONE);
    return Expr.alt(
        positive, Expr.seq(MINUS, whole(smallest, least == null ? null : least.negate())));
  }

  /** Without sign; both bounds included, and at least 0. */
  private static Expr whole(BigInteger least, BigInteger most) {
    int digits = Math.max(DIGITS, least.toString().length() + 1);
    BigInteger last = most == null ? BigInteger.TEN.pow(digits).subtract(BigInteger.ONE) : most;
    if (last.compareTo(least) < 0) {
      return Expr.NOTHING;
    }
    List<Expr> options = new ArrayList<>();
    String from = least.toString();
    String to = last.toString();
    for (int n = from.length(); n <= to.length(); n++) {
      String a = n == from.length() ? from : "1" + "0".repeat(n - 1);
      String b = n == to.length() ? to : "9".repeat(n);
      options.add(digits(a, b));
    }
    return Expr.alt(options);
  }

  /** Digits from a to b, which are of the same length. */
  private static Expr digits(String a, String b) {
    int n = a.length();
    if (n == 0) {
      return Expr.EMPTY;
    }
    if (a.equals("0".repeat(n)) && b.equals("9".repeat(n))) {
      return Expr.repeat(DIGIT, n, n);
    }
    char first = a.charAt(0);
    char last = b.charAt(0);
    String restA = a.substring(1);
    String restB = b.substring(1);
    if (first == last) {
      return Expr.seq(digit(first, first), digits(restA, restB));
    }
    String zeros = "0".repeat(n - 1);
    String nines = "9".repeat(n - 1);
    boolean all = restA.equals(zeros);
    boolean allLast = restB.equals(nines);
    List<Expr> options = new ArrayList<>();
    if (!all) {
      options.add(Expr.seq(digit(first, first), digits(restA, nines)));
    }
    char low = (char) (all ? first : first + 1);
    char high = (char) (allLast ? last : last - 1);
    if (low <= high) {
      options.add(Expr.seq(digit(low, high), digits(zeros, nines)));
    }
    if (!allLast) {
      options.add(Expr.seq(digit(last, last), digits(zeros, restB)));
    }
    return Expr.alt(options);
  }

  private static Expr digit(char first, char last) {
    return first > last ? Expr.NOTHING : Expr.chars(CodePoints.of(first, last));
  }

  // ---- decimals

  /** Decimal numbers within bounds. */
  static Expr decimals(Bound least, Bound most) {
    Bound zero = new Bound(BigDecimal.ZERO, false);
    List<Expr> options = new ArrayList<>();
    if (most.value() == null || most.value().signum() >= 0) {
      boolean fromZero = least.value() == null || least.value().signum() < 0;
      options.add(unsigned(fromZero ? zero : least, most));
    }
    if (least.value() == null || least.value().signum() < 0) {
      boolean toZero = most.value() == null || most.value().signum() >= 0;
      Bound nearest = toZero ? new Bound(BigDecimal.ZERO, true) : most.negated();
      options.add(Expr.seq(MINUS, unsigned(nearest, least.negated())));
    }
    return Expr.alt(options);
  }

  private static Expr unsigned(Bound least, Bound most) {
    int digits = Math.max(DIGITS, 2 + digitsOf(least));
    Expr any =
        Expr.seq(
            Expr.alt(
                Expr.text("0"),
                Expr.seq(JsonExprs.DIGIT_1_TO_9, Expr.repeat(DIGIT, 0, digits - 1))),
            Expr.optional(
                Expr.seq(POINT, Expr.repeat(DIGIT, 1, Math.max(DIGITS, scale(least, most))))));
    Dfa dfa = dfa(any);
    if (least.value() != null) {
      dfa = dfa.and(dfa(atLeast(least.value())));
      dfa = least.exclusive() ? dfa.minus(dfa(equal(least.value()))) : dfa;
    }
    if (most.value() != null) {
      dfa = dfa.and(dfa(atMost(most.value())));
      dfa = most.exclusive() ? dfa.minus(dfa(equal(most.value()))) : dfa;
    }
    return Expr.machine(dfa);
  }

  private static Dfa dfa(Expr expr) {
    return Automaton.dfa(expr, MOST_NODES);
  }

  private static int digitsOf(Bound bound) {
    return bound.value() == null ? 0 : bound.value().toBigInteger().toString().length();
  }

  /** Digits behind the point, with one more for what lies between. */
  private static int scale(Bound a, Bound b) {
    int scale = 0;
    for (Bound bound : List.of(a, b)) {
      if (bound.value() != null) {
        scale = Math.max(scale, bound.value().scale() + 1);
      }
    }
    return scale;
  }

  private static String fraction(BigDecimal value) {
    String text = value.toPlainString();
    int point = text.indexOf('.');
    String digits = point < 0 ? "" : text.substring(point + 1);
    int end = digits.length();
    while (end > 0 && digits.charAt(end - 1) == '0') {
      end--;
    }
    return digits.substring(0, end);
  }

  private static BigInteger whole(BigDecimal value) {
    return value.setScale(0, RoundingMode.DOWN).toBigInteger();
  }

  private static Expr anyFraction() {
    return Expr.optional(Expr.seq(POINT, Expr.repeat(DIGIT, 1, Expr.UNLIMITED)));
  }

  private static Expr atLeast(BigDecimal bound) {
    BigInteger whole = whole(bound);
    String fraction = fraction(bound);
    Expr above = Expr.seq(whole(whole.add(BigInteger.ONE), null), anyFraction());
    Expr same = fraction.isEmpty() ? anyFraction() : Expr.seq(POINT, digitsAtLeast(fraction));
    return Expr.alt(above, Expr.seq(Expr.text(whole.toString()), same));
  }

  private static Expr digitsAtLeast(String bound) {
    char first = bound.charAt(0);
    String rest = bound.substring(1);
    Expr same = rest.isEmpty() ? Expr.star(DIGIT) : digitsAtLeast(rest);
    return Expr.alt(
        Expr.seq(digit((char) (first + 1), '9'), Expr.star(DIGIT)),
        Expr.seq(digit(first, first), same));
  }

  private static Expr atMost(BigDecimal bound) {
    BigInteger whole = whole(bound);
    String fraction = fraction(bound);
    Expr below =
        whole.signum() == 0
            ? Expr.NOTHING
            : Expr.seq(whole(BigInteger.ZERO, whole.subtract(BigInteger.ONE)), anyFraction());
    Expr zeros = Expr.repeat(Expr.text("0"), 1, Expr.UNLIMITED);
    Expr same = Expr.optional(Expr.seq(POINT, fraction.isEmpty() ? zeros : digitsAtMost(fraction)));
    return Expr.alt(below, Expr.seq(Expr.text(whole.toString()), same));
  }

  private static Expr digitsAtMost(String bound) {
    char first = bound.charAt(0);
    String rest = bound.substring(1);
    Expr same = rest.isEmpty() ? Expr.star(Expr.text("0")) : Expr.optional(digitsAtMost(rest));
    return Expr.alt(
        Expr.seq(digit('0', (char) (first - 1)), Expr.star(DIGIT)),
        Expr.seq(digit(first, first), same));
  }

  /** A value as it may be written without exponent, with zeros behind it. */
  static Expr written(BigDecimal value) {
    Expr digits = equal(value.abs());
    return switch (value.signum()) {
      case 1 -> digits;
      case 0 -> Expr.seq(Expr.optional(MINUS), digits);
      default -> Expr.seq(MINUS, digits);
    };
  }

  private static Expr equal(BigDecimal value) {
    String fraction = fraction(value);
    Expr zeros = Expr.star(Expr.text("0"));
    Expr behind =
        fraction.isEmpty()
            ? Expr.optional(Expr.seq(POINT, Expr.text("0"), zeros))
            : Expr.seq(POINT, Expr.text(fraction), zeros);
    return Expr.seq(Expr.text(whole(value).toString()), behind);
  }
}
