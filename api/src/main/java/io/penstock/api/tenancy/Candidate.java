package io.penstock.api.tenancy;

import io.penstock.api.platform.KeyRights;
import io.penstock.api.platform.Plan;
import java.time.ZoneId;

/**
 * A key with the hash that proves it, and the terms under which it is used.
 *
 * @param plan its tenant's; null for the operator's keys, as is {@code timeZone}
 * @param usable false when the tenant is suspended or the project archived
 * @param keepsPrompts whether its tenant wants prompts and answers kept
 * @param readAtNanos when the database was asked, by the monotonic clock: it was so at that time or
 *     later
 */
record Candidate(
    StoredKey key,
    byte[] hash,
    Plan plan,
    ZoneId timeZone,
    boolean usable,
    KeyRights rights,
    boolean keepsPrompts,
    long readAtNanos) {}
