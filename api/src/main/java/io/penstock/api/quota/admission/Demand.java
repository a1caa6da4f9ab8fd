package io.penstock.api.quota.admission;

import io.penstock.api.quota.price.Price;
import io.penstock.api.quota.window.Amounts;

/**
 * What a request wants to hold.
 *
 * @param promptTokens of all prompts together
 * @param output most tokens of all choices together
 * @param least output with which it can be admitted at all: a token for each choice
 * @param price fixed for the request
 */
public record Demand(long promptTokens, long output, long least, Price price) {

  Amounts hold(long granted) {
    return new Amounts(promptTokens + granted, granted, price.most(promptTokens, granted));
  }
}
