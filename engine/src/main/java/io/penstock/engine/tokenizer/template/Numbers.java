package io.penstock.engine.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Python's arithmetic: ints without overflow, floor division, a remainder with the divisor's sign.
 */
final class Numbers {
  private static final int MAX_BITS = 4096;

  private Numbers() {}

  static Object narrow(BigInteger value) {
    if (value.bitLength() > MAX_BITS) {
      throw new TemplateException("a number grows beyond " + MAX_BITS + " bits");
    }
    return value.bitLength() < 64 ? (Object) value.longValue() : value;
  }

  private static BigInteger big(Object value) {
    return switch (value) {
      case Boolean b -> b ? BigInteger.ONE : BigInteger.ZERO;
      case Long l -> BigInteger.valueOf(l);
      case BigInteger i -> i;
      default -> throw new IllegalArgumentException(Types.name(value));
    };
  }

  static double toDouble(Object value) {
    return switch (value) {
      case Double d -> d;
      case Boolean b -> b ? 1 : 0;
      case Long l -> l;
      case BigInteger i -> i.doubleValue();
      case null, default ->
          throw new TemplateException("must be real number, not " + Types.name(value));
    };
  }

  static long toLong(Object value, String what) {
    return switch (value) {
      case Long l -> l;
      case Boolean b -> b ? 1 : 0;
      case BigInteger i -> i.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
      case Undefined u -> throw u.error();
      case null, default ->
          throw new TemplateException(
              "'%s' must be an integer, not %s".formatted(what, Types.name(value)));
    };
  }

  static int compare(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return Long.compare(x, y);
    }
    if (a instanceof Double || b instanceof Double) {
      double x = toDouble(a);
      double y = toDouble(b);
      if (Double.isFinite(x) && Double.isFinite(y)) {
        return decimal(a).compareTo(decimal(b));
      }
      return x == y ? 0 : Double.compare(x, y);
    }
    return big(a).compareTo(big(b));
  }

  private static BigDecimal decimal(Object value) {
    return value instanceof Double d ? new BigDecimal(d) : new BigDecimal(big(value));
  }

  static Object add(Object a, Object b) {
    if (a instanceof Double || b instanceof Double) {
      return toDouble(a) + toDouble(b);
    }
    return narrow(big(a).add(big(b)));
  }

  static Object subtract(Object a, Object b) {
    if (a instanceof Double || b instanceof Double) {
      return toDouble(a) - toDouble(b);
    }
    return narrow(big(a).subtract(big(b)));
  }

  static Object multiply(Object a, Object b) {
    if (a instanceof Double || b instanceof Double) {
      return toDouble(a) * toDouble(b);
    }
    return narrow(big(a).multiply(big(b)));
  }

  static Object divide(Object a, Object b) {
    notZero(b, "division by zero");
    return toDouble(a) / toDouble(b);
  }

  static Object floorDivide(Object a, Object b) {
    notZero(b, "integer division or modulo by zero");
    if (a instanceof Double || b instanceof Double) {
      return Math.floor(toDouble(a) / toDouble(b));
    }
    BigInteger[] parts = big(a).divideAndRemainder(big(b));
    boolean round = parts[1].signum() != 0 && parts[1].signum() != big(b).signum();
    return narrow(round ? parts[0].subtract(BigInteger.ONE) : parts[0]);
  }

  static Object modulo(Object a, Object b) {
    notZero(b, "integer modulo by zero");
    if (a instanceof Double || b instanceof Double) {
      double divisor = toDouble(b);
      double rest = toDouble(a) % divisor;
      return rest != 0 && rest < 0 != divisor < 0 ? rest + divisor : rest;
    }
    BigInteger divisor = big(b);
    BigInteger rest = big(a).mod(divisor.abs());
    return narrow(rest.signum() != 0 && divisor.signum() < 0 ? rest.add(divisor) : rest);
  }

  static Object power(Object a, Object b) {
    if (a instanceof Double || b instanceof Double || big(b).signum() < 0) {
      if (toDouble(a) == 0 && toDouble(b) < 0) {
        throw new TemplateException("0.0 cannot be raised to a negative power");
      }
      return Math.pow(toDouble(a), toDouble(b));
    }
    BigInteger base = big(a);
    long exponent = big(b).bitLength() < 32 ? big(b).longValue() : Integer.MAX_VALUE;
    if (base.abs().bitLength() > 1 && base.bitLength() * exponent > 2L * MAX_BITS) {
      throw new TemplateException("a number grows beyond " + MAX_BITS + " bits");
    }
    boolean unit = base.abs().bitLength() <= 1;
    return narrow(base.pow((int) (unit ? (exponent == 0 ? 0 : 2 - exponent % 2) : exponent)));
  }

  static Object negate(Object value) {
    return value instanceof Double d ? (Object) (-d) : narrow(big(value).negate());
  }

  private static void notZero(Object value, String message) {
    if (toDouble(value) == 0) {
      throw new TemplateException(message);
    }
  }
}
