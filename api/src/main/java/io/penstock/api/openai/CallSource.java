package io.penstock.api.openai;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.web.ConnectionLoop;
import java.util.concurrent.Executor;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.scheduler.Schedulers;

/**
 * Where a call comes from.
 *
 * @param endpoint path that usage rows name
 * @param deadline text of the header that says it, or null
 * @param batch whether it is part of a batch, and so served in the tier of that name
 * @param deliveries carries the answer, one thing after the other
 */
public record CallSource(
    String endpoint,
    String deadline,
    boolean batch,
    Caller.Tenant caller,
    RequestContext context,
    Executor deliveries) {

  /** A request of its own. */
  public static CallSource of(
      String endpoint, String deadline, Caller.Tenant caller, ServerWebExchange exchange) {
    return new CallSource(
        endpoint,
        deadline,
        false,
        caller,
        RequestContext.of(exchange),
        ConnectionLoop.of(exchange));
  }

  /** A request of a batch. */
  public static CallSource ofBatch(String endpoint, Caller.Tenant caller, RequestContext context) {
    return new CallSource(endpoint, null, true, caller, context, Schedulers.parallel()::schedule);
  }
}
