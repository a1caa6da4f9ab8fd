package io.penstock.api.usage;

import java.math.BigDecimal;

/** Amounts as people and OpenAI's API write them; inside they are whole micro-units. */
public final class Money {
  /** Of all prices and amounts. */
  public static final String CURRENCY = "usd";

  private static final int DIGITS = 6;

  private Money() {}

  /** Units of the currency, without zeros at the end: 1,500,000 micro-units are 1.5. */
  public static BigDecimal units(long micros) {
    BigDecimal units = BigDecimal.valueOf(micros, DIGITS).stripTrailingZeros();
    return units.scale() < 0 ? units.setScale(0) : units;
  }
}
