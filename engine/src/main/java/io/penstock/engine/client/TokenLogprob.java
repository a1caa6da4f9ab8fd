package io.penstock.engine.client;

import java.util.List;

/**
 * A generated token.
 *
 * @param id token id
 * @param logprob natural logarithm of its probability before temperature and truncation; NaN when
 *     not asked for
 * @param top the best tokens at this place, best first; empty when not asked for
 */
public record TokenLogprob(int id, double logprob, List<Alternative> top) {
  /** One candidate with its log-probability. */
  public record Alternative(int id, double logprob) {}
}
