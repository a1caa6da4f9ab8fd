package io.penstock.engine.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Digits of numbers in the presentation types that both kinds of format strings share. */
final class NumberFormat {
  /** Digits after the point, and widths, are cut to this. */
  static final int MAX_WIDTH = 1000;

  private NumberFormat() {}

  /**
   * The absolute value in presentation {@code type}: d, x, X, o, b, f, F, e, E, g, G or %.
   *
   * @param precision digits after the point (significant ones for g), -1 for the default
   */
  static String digits(Object number, char type, int precision) {
    int after = precision < 0 ? 6 : Math.min(precision, MAX_WIDTH);
    return switch (type) {
      case 'd', 'i', 'u', 'n' -> whole(number).abs().toString();
      case 'x' -> whole(number).abs().toString(16);
      case 'X' -> whole(number).abs().toString(16).toUpperCase(Locale.ROOT);
      case 'o' -> whole(number).abs().toString(8);
      case 'b' -> whole(number).abs().toString(2);
      case '%' -> fixed(exact(number).multiply(BigDecimal.valueOf(100)), after) + "%";
      case 'f', 'F' -> finite(number) ? fixed(exact(number), after) : special(number);
      case 'e' -> finite(number) ? exponent(exact(number), after) : special(number);
      case 'E' -> digits(number, 'e', precision).toUpperCase(Locale.ROOT);
      case 'g' -> finite(number) ? general(exact(number), Math.max(1, after)) : special(number);
      case 'G' -> digits(number, 'g', precision).toUpperCase(Locale.ROOT);
      default -> throw new TemplateException("unsupported format character '%s'".formatted(type));
    };
  }

  static boolean negative(Object number) {
    return number instanceof Double d
        ? d < 0 || d == 0 && 1 / d < 0
        : Numbers.compare(number, 0L) < 0;
  }

  private static BigInteger whole(Object number) {
    return exact(number).toBigInteger();
  }

  private static BigDecimal exact(Object number) {
    return number instanceof Double d
        ? new BigDecimal(d)
        : new BigDecimal(Numbers.add(number, 0L).toString());
  }

  private static boolean finite(Object number) {
    return !(number instanceof Double d) || Double.isFinite(d);
  }

  private static String special(Object number) {
    return Double.isNaN(Numbers.toDouble(number)) ? "nan" : "inf";
  }

  private static String fixed(BigDecimal value, int after) {
    return value.abs().setScale(after, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String exponent(BigDecimal value, int after) {
    if (value.signum() == 0) {
      return "0" + (after > 0 ? "." + "0".repeat(after) : "") + "e+00";
    }
    BigDecimal rounded = value.abs().round(new MathContext(after + 1, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    StringBuilder digits = new StringBuilder(rounded.unscaledValue().toString());
    digits.append("0".repeat(Math.max(0, after + 1 - digits.length()))).setLength(after + 1);
    String mantissa = after > 0 ? digits.charAt(0) + "." + digits.substring(1) : digits.toString();
    return "%se%s%02d".formatted(mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String general(BigDecimal value, int significant) {
    if (value.signum() == 0) {
      return "0";
    }
    BigDecimal rounded = value.abs().round(new MathContext(significant, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal bare = rounded.stripTrailingZeros();
    return exponent < -4 || exponent >= significant
        ? exponent(bare, Math.max(0, bare.precision() - 1))
        : bare.toPlainString();
  }
}
