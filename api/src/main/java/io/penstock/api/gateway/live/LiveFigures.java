package io.penstock.api.gateway.live;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.stereotype.Component;

/**
 * What happens on this server now, for people who watch it. Nothing is accounted by it: that is the
 * ledger's affair. Running requests are as many as the engines take; those that ended and refusals
 * are the last {@value #KEPT}.
 */
@Component
public final class LiveFigures {
  private static final int KEPT = 2048;
  private static final int MOST_TENANTS = 20_000;

  private final Map<String, RequestTrace> running = new ConcurrentHashMap<>();
  private final Map<UUID, TenantFigures> tenants = new ConcurrentHashMap<>();
  private final Map<String, LatencyWindow> first = new ConcurrentHashMap<>();
  private final Map<String, LatencyWindow> between = new ConcurrentHashMap<>();
  private final LongAdder ended = new LongAdder();
  private final LongAdder failed = new LongAdder();

  // Guarded by this.
  private final Deque<RequestTrace> recent = new ArrayDeque<>();
  private final Deque<Refusal> refusals = new ArrayDeque<>();

  /**
   * A request that was not taken.
   *
   * @param code the error code that the client got
   * @param message what the client was told
   */
  public record Refusal(
      Instant at,
      String requestId,
      UUID tenantId,
      String tenant,
      UUID keyId,
      String model,
      String tier,
      String code,
      String message) {}

  /**
   * Counters of a tenant since the start.
   *
   * @param weight of its plan, as of its last request
   * @param computeNanos of the device's time
   */
  public record TenantCount(
      UUID id,
      String name,
      double weight,
      long requests,
      long tokens,
      long refused,
      double computeNanos) {}

  /** Counters of all since the start. */
  public record Count(long ended, long failed) {}

  public RequestTrace begin(RequestTrace.Subject subject, Runnable cancel) {
    TenantFigures tenant = tenant(subject.tenantId(), subject.tenant());
    tenant.weight = subject.weight();
    tenant.requests.increment();
    RequestTrace trace = new RequestTrace(subject, tenant, cancel);
    running.put(subject.requestId(), trace);
    return trace;
  }

  public void end(RequestTrace trace, RequestTrace.Ended how) {
    trace.end(how);
    running.remove(trace.subject().requestId());
    ended.increment();
    if (how.reason().equals("error")) {
      failed.increment();
    }
    synchronized (this) {
      if (recent.size() == KEPT) {
        recent.removeLast();
      }
      recent.addFirst(trace);
    }
  }

  public void refused(Refusal refusal) {
    tenant(refusal.tenantId(), refusal.tenant()).refused.increment();
    synchronized (this) {
      if (refusals.size() == KEPT) {
        refusals.removeLast();
      }
      refusals.addFirst(refusal);
    }
  }

  /** From submission to the first token, of a tier. */
  public LatencyWindow first(String tier) {
    return first.computeIfAbsent(tier, _ -> new LatencyWindow());
  }

  /** Between two tokens of a choice, of a tier. */
  public LatencyWindow between(String tier) {
    return between.computeIfAbsent(tier, _ -> new LatencyWindow());
  }

  private TenantFigures tenant(UUID id, String name) {
    if (tenants.size() > MOST_TENANTS) {
      tenants.clear(); // whoever reads them sees counters that begin anew
    }
    return tenants.computeIfAbsent(id, _ -> new TenantFigures(id, name));
  }

  public Collection<RequestTrace> running() {
    return List.copyOf(running.values());
  }

  /** Newest first. */
  public synchronized List<RequestTrace> recent() {
    return new ArrayList<>(recent);
  }

  /** Newest first. */
  public synchronized List<Refusal> refusals() {
    return new ArrayList<>(refusals);
  }

  public List<TenantCount> tenants() {
    return tenants.values().stream()
        .map(
            t ->
                new TenantCount(
                    t.id,
                    t.name,
                    t.weight,
                    t.requests.sum(),
                    t.tokens.sum(),
                    t.refused.sum(),
                    t.computeNanos.sum()))
        .toList();
  }

  public Count count() {
    return new Count(ended.sum(), failed.sum());
  }

  /**
   * A request that runs here or ended here lately.
   *
   * @param tenantId whose it must be; null for anybody's
   */
  public Optional<RequestTrace> find(String requestId, UUID tenantId) {
    RequestTrace trace = running.get(requestId);
    if (trace == null) {
      synchronized (this) {
        trace =
            recent.stream()
                .filter(t -> t.subject().requestId().equals(requestId))
                .findFirst()
                .orElse(null);
      }
    }
    return Optional.ofNullable(trace)
        .filter(t -> tenantId == null || t.subject().tenantId().equals(tenantId));
  }

  /**
   * Ends a running request; what it generated is booked as ever.
   *
   * @param tenantId whose it must be; null for anybody's
   * @return false when no such request runs here
   */
  public boolean cancel(String requestId, UUID tenantId) {
    RequestTrace trace = running.get(requestId);
    if (trace == null || (tenantId != null && !trace.subject().tenantId().equals(tenantId))) {
      return false;
    }
    trace.cancel();
    return true;
  }
}
