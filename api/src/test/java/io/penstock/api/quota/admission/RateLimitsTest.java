package io.penstock.api.quota.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
  private static final Moment NOW =
      Moment.of(Instant.parse("2026-11-27T12:00:00.250Z"), ZoneOffset.UTC);

  private static Bound bound(LimitScope scope, LimitKind kind, long value, int counter) {
    return new Bound(scope, "", kind, value, false, counter);
  }

  private static Map<String, String> headers(List<Bound> bounds, Counter... counters) {
    Map<String, String> headers = new LinkedHashMap<>();
    RateLimitHeaders.write(RateLimits.of(bounds, counters, NOW), headers::put);
    return headers;
  }

  @Test
  void theLimitWithTheLeastLeftIsTold() {
    Counter organization = new Counter(1);
    Counter key = new Counter(2);
    organization.admit(NOW, new Amounts(100, 60, 0));
    key.admit(NOW, new Amounts(100, 60, 0));
    key.settle(NOW, new Amounts(100, 60, 0), new Amounts(70, 30, 0));
    assertThat(
            headers(
                List.of(
                    bound(LimitScope.ORGANIZATION, LimitKind.REQUESTS_PER_MINUTE, 50, 0),
                    bound(LimitScope.KEY, LimitKind.REQUESTS_PER_MINUTE, 10, 1),
                    bound(LimitScope.ORGANIZATION, LimitKind.TOKENS_PER_MINUTE, 500, 0),
                    bound(LimitScope.KEY, LimitKind.TOKENS_PER_MINUTE, 480, 1)),
                organization,
                key))
        .containsExactly(
            Map.entry("x-ratelimit-limit-requests", "10"),
            Map.entry("x-ratelimit-remaining-requests", "9"),
            Map.entry("x-ratelimit-reset-requests", "1m0.75s"),
            Map.entry("x-ratelimit-limit-tokens", "500"),
            Map.entry("x-ratelimit-remaining-tokens", "400"),
            Map.entry("x-ratelimit-reset-tokens", "1m1s"));
  }

  @Test
  void anUntouchedRateIsWholeNow() {
    assertThat(
            headers(
                List.of(bound(LimitScope.KEY, LimitKind.TOKENS_PER_MINUTE, 100, 0)),
                new Counter(1)))
        .containsEntry("x-ratelimit-remaining-tokens", "100")
        .containsEntry("x-ratelimit-reset-tokens", "0ms");
  }

  @Test
  void requestsOfADayComeBackAtMidnight() {
    assertThat(
            headers(
                List.of(bound(LimitScope.KEY, LimitKind.REQUESTS_PER_DAY, 100, 0)), new Counter(1)))
        .containsEntry("x-ratelimit-reset-requests", "11h59m59.75s");
  }

  @Test
  void budgetsAreNoRates() {
    assertThat(
            headers(
                List.of(
                    bound(LimitScope.KEY, LimitKind.SPEND_PER_MONTH, 100, 0),
                    bound(LimitScope.KEY, LimitKind.TOKENS_PER_DAY, 100, 0)),
                new Counter(1)))
        .isEmpty();
  }
}
