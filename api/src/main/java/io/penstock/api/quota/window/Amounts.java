package io.penstock.api.quota.window;

/**
 * What a request holds or has used.
 *
 * @param tokens prompt and output
 * @param output tokens generated, or that may be
 * @param money micro-units of the currency
 */
public record Amounts(long tokens, long output, long money) {
  public static final Amounts NONE = new Amounts(0, 0, 0);
}
