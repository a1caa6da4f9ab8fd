package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.Outcome;
import io.penstock.api.quota.admission.Bound;
import io.penstock.api.quota.price.Price;
import java.util.List;

/**
 * A hold to be resolved.
 *
 * @param price fixed at admission
 * @param bounds limits that counted at admission; empty when they are not known any more
 * @param outcome null when the request never reached an engine
 * @param how on whose behalf
 */
record Ended(HoldRecord hold, Price price, List<Bound> bounds, Outcome outcome, How how) {

  /** On whose behalf a hold is resolved. */
  enum How {
    /** Its own server knows how the request ended. */
    SETTLED,
    /** It never reached an engine, or nobody knows whether it was placed. */
    RELEASED,
    /** Its server is dead; the outcome is that of the last checkpoint. */
    RECOVERED
  }
}
