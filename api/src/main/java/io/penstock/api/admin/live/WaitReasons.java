package io.penstock.api.admin.live;

import io.penstock.api.gateway.live.RequestTrace;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.engine.core.ServiceTier;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Why requests wait, at a moment: what their model lacks as its scheduler planned the last step,
 * and who goes before them. O(n log n) for n that wait.
 */
public final class WaitReasons {
  /** Requests of a higher tier wait for the same model and go first. */
  public static final String TIER = "tier";

  private static final String STEP = "step";

  private static final List<String> TIERS =
      Arrays.stream(ServiceTier.values()).map(ServiceTiers::name).toList();

  private final Map<String, String> causes = new HashMap<>();
  private final Map<Line, List<Instant>> lines;

  /** Where a request waits. */
  private record Line(String model, String tier) {}

  /**
   * @param waitsFor place, cache, step, or {@link #TIER}
   * @param ahead requests of its model that wait and are of a higher tier, or of its own and came
   *     before; fairness between tenants may let some of them go later
   */
  public record Reason(String waitsFor, int ahead) {}

  /**
   * @param running those that run or wait now
   * @param waitsFor by model, what those that wait there wait for; null when that is not known
   */
  public WaitReasons(Collection<RequestTrace> running, Function<String, String> waitsFor) {
    this.lines =
        running.stream()
            .filter(WaitReasons::waits)
            .collect(
                Collectors.groupingBy(
                    trace -> new Line(trace.subject().model(), trace.subject().tier()),
                    HashMap::new,
                    Collectors.collectingAndThen(
                        Collectors.mapping(
                            trace -> trace.subject().receivedAt(), Collectors.toList()),
                        times -> times.stream().sorted().toList())));
    for (Line line : lines.keySet()) {
      String cause = waitsFor.apply(line.model());
      causes.put(line.model(), cause == null ? STEP : cause);
    }
  }

  /** Whether nothing was computed for it yet. */
  public static boolean waits(RequestTrace trace) {
    return trace.firstTokenNanos() < 0 && trace.steps().isEmpty();
  }

  /** Null for one that does not wait. */
  public Reason of(RequestTrace trace) {
    if (!waits(trace)) {
      return null;
    }
    RequestTrace.Subject subject = trace.subject();
    int higher = 0;
    for (String tier : TIERS) {
      if (tier.equals(subject.tier())) {
        break;
      }
      higher += line(subject.model(), tier).size();
    }
    int place =
        Collections.binarySearch(line(subject.model(), subject.tier()), subject.receivedAt());
    return new Reason(
        higher > 0 ? TIER : causes.getOrDefault(subject.model(), STEP),
        higher + (place < 0 ? -place - 1 : place));
  }

  private List<Instant> line(String model, String tier) {
    return lines.getOrDefault(new Line(model, tier), List.of());
  }
}
