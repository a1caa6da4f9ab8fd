package io.penstock.api.openai;

import io.penstock.api.gateway.Urgency;
import io.penstock.api.platform.Plan;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;

/** From a request's fields and header, and its tenant's plan, to how urgent it is. */
final class Scheduling {
  /** The answer must be complete so long after the request arrived, milliseconds. */
  static final String DEADLINE_HEADER = "x-request-deadline-ms";

  private static final long LONGEST_DEADLINE_MS = Duration.ofDays(1).toMillis();

  private Scheduling() {}

  /**
   * @throws ApiException 400 for what no plan allows, 403 for a tier that this plan does not
   */
  static Urgency of(SchedulingFields fields, CallSource source) {
    String deadline = source.deadline();
    RequestContext context = source.context();
    return new Urgency(
        source.batch() ? ServiceTier.BATCH : tier(fields.serviceTier(), source.caller().plan()),
        fields.priority() == null ? 0 : fields.priority(),
        deadline == null
            ? Urgency.NO_DEADLINE
            : context.startNanos() + Duration.ofMillis(millis(deadline.strip())).toNanos());
  }

  private static ServiceTier tier(String name, Plan plan) {
    if (name == null || name.equals("auto")) {
      return plan.autoTier();
    }
    ServiceTier tier =
        name.equals("fast") ? ServiceTier.PRIORITY : ServiceTiers.byName(name).orElse(null);
    if (tier == ServiceTier.BATCH) {
      throw ApiException.invalid(
          "service_tier",
          "invalid_value",
          "Invalid value for 'service_tier': batch is for offline work only. Use one of %s, or leave it out."
              .formatted(SchedulingFields.TIERS));
    }
    if (tier == null) {
      throw ApiException.invalid(
          "service_tier",
          "invalid_value",
          "Invalid value for 'service_tier': it must be one of %s."
              .formatted(SchedulingFields.TIERS));
    }
    if (!plan.tiers().contains(tier)) {
      throw ApiException.of(
          HttpStatus.FORBIDDEN,
          ApiException.INVALID_REQUEST,
          "service_tier_not_allowed",
          "service_tier",
          "Your plan '%s' does not include the service tier '%s'. Use one of %s, or leave 'service_tier' out for '%s'."
              .formatted(
                  plan.name(),
                  ServiceTiers.name(tier),
                  interactive(plan.tiers()),
                  ServiceTiers.name(plan.autoTier())));
    }
    return tier;
  }

  private static String interactive(Set<ServiceTier> tiers) {
    return tiers.stream()
        .filter(tier -> tier != ServiceTier.BATCH)
        .map(ServiceTiers::name)
        .collect(Collectors.joining(", "));
  }

  private static long millis(String header) {
    if (header.matches("0*[1-9]\\d{0,8}")) {
      long millis = Long.parseLong(header);
      if (millis <= LONGEST_DEADLINE_MS) {
        return millis;
      }
    }
    throw ApiException.invalid(
        DEADLINE_HEADER,
        "invalid_value",
        "Invalid value for the header '%s': it must be a whole number of milliseconds, 1 to %d."
            .formatted(DEADLINE_HEADER, LONGEST_DEADLINE_MS));
  }
}
