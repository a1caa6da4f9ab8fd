package io.penstock.api.quota;

import io.penstock.api.gateway.AdmissionPort;
import io.penstock.api.gateway.BudgetLease;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Holds tenants to the output tokens per minute that their plan allows: a running answer ends at
 * the very token with which they are used up, and new requests are refused until the minute is
 * over. Counted in this process's memory, so each replica allows as many, and a restart forgets.
 */
@Component
final class OutputAllowance implements AdmissionPort {
  private static final Ticket UNLIMITED =
      new Ticket() {
        @Override
        public void settle(RequestInfo request, Outcome outcome) {}

        @Override
        public void release() {}
      };

  private final Map<UUID, Use> uses = new ConcurrentHashMap<>();
  private final AtomicLong looked = new AtomicLong(System.nanoTime());

  /** A tenant's use; kept while it has requests or its minute lasts. Guarded by the map's entry. */
  private static final class Use {
    private final MinuteAllowance minute = new MinuteAllowance();
    private int requests;
  }

  @Override
  public Mono<Ticket> admit(RequestInfo request) {
    return Mono.fromSupplier(
        () ->
            request.caller().plan().maxOutputTokensPerMinute() == 0 ? UNLIMITED : limited(request));
  }

  private Ticket limited(RequestInfo request) {
    forgetIdle();
    Use use =
        uses.compute(request.caller().tenantId(), (_, u) -> entered(u == null ? new Use() : u));
    Limited ticket = new Limited(request, use);
    long now = System.nanoTime();
    long used = use.minute.used(now);
    if (used >= ticket.limit) {
      ticket.leave();
      Duration wait = Duration.ofNanos(use.minute.untilNextNanos(now));
      throw ApiException.rateLimited("tokens", ticket.message(used, wait), wait);
    }
    return ticket;
  }

  private static Use entered(Use use) {
    use.requests++;
    return use;
  }

  /** Looks once a minute, so that the tenants of the past take no memory. */
  private void forgetIdle() {
    long now = System.nanoTime();
    long last = looked.get();
    if (now - last < MinuteAllowance.MINUTE_NANOS || !looked.compareAndSet(last, now)) {
      return;
    }
    uses.keySet()
        .forEach(
            tenant ->
                uses.computeIfPresent(
                    tenant,
                    (_, use) -> use.requests == 0 && use.minute.used(now) == 0 ? null : use));
  }

  private final class Limited implements Ticket, BudgetLease {
    private final UUID tenant;
    private final String tenantName;
    private final String model;
    private final long limit;
    private final Use use;

    Limited(RequestInfo request, Use use) {
      this.tenant = request.caller().tenantId();
      this.tenantName = request.caller().tenantName();
      this.model = request.model();
      this.limit = request.caller().plan().maxOutputTokensPerMinute();
      this.use = use;
    }

    private String message(long used, Duration wait) {
      return String.format(
          Locale.ROOT,
          "Rate limit reached for %s in organization %s on output tokens per min: Limit %d, Used %d. Please try again in %.3fs.",
          model,
          tenantName,
          limit,
          used,
          wait.toMillis() / 1e3);
    }

    @Override
    public Optional<BudgetLease> lease() {
      return Optional.of(this);
    }

    @Override
    public boolean tryTake(int tokens) {
      return use.minute.tryTake(tokens, limit, System.nanoTime());
    }

    @Override
    public void giveBack(int tokens) {
      use.minute.giveBack(tokens, System.nanoTime());
    }

    @Override
    public OpenAiError.Body ended() {
      long now = System.nanoTime();
      return new OpenAiError.Body(
          message(use.minute.used(now), Duration.ofNanos(use.minute.untilNextNanos(now))),
          "tokens",
          null,
          ApiException.RATE_LIMIT);
    }

    @Override
    public void settle(RequestInfo request, Outcome outcome) {
      leave();
    }

    @Override
    public void release() {
      leave();
    }

    private void leave() {
      uses.computeIfPresent(
          tenant,
          (_, u) -> {
            u.requests--;
            return u;
          });
    }
  }
}
