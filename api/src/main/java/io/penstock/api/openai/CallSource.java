package io.penstock.api.openai;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.RequestContext;

/**
 * Where a call comes from.
 *
 * @param endpoint path that usage rows name
 * @param deadline text of the header that says it, or null
 * @param batch whether it is part of a batch, and so served in the tier of that name
 */
public record CallSource(
    String endpoint,
    String deadline,
    boolean batch,
    Caller.Tenant caller,
    RequestContext context) {}
