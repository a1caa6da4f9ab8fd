package io.penstock.api.gateway;

import java.util.List;

/**
 * A generated token.
 *
 * @param logprob natural logarithm; NaN when not asked for
 * @param top best candidates at this place; empty when not asked for
 */
public record SampledToken(int id, double logprob, List<Candidate> top) {
  /** One candidate. */
  public record Candidate(int id, double logprob) {}
}
