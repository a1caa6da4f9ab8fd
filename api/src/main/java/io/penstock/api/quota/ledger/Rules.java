package io.penstock.api.quota.ledger;

import io.penstock.api.quota.admission.Bound;
import io.penstock.api.quota.admission.SizeLimits;
import java.util.List;

/**
 * What counts for requests of one key for one model.
 *
 * @param counters ids of the counters that count them, the organization's first
 * @param bounds limits on these
 * @param sizes limits on a single request
 * @param credit whether the organization's balance is limited
 */
record Rules(long[] counters, List<Bound> bounds, SizeLimits sizes, boolean credit) {}
