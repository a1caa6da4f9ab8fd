package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.engine.boot.SchedulingOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SchedulingSettingsTest {
  private static SchedulingOptions options(Map<String, String> settings) {
    return new SchedulingSettings(
            new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("penstock", PenstockProperties.class))
        .options();
  }

  @Test
  void whatIsNotSetIsTheSchedulersOwn() {
    assertThat(options(Map.of())).isEqualTo(SchedulingOptions.DEFAULT);
    SchedulingOptions.Tier own = SchedulingOptions.DEFAULT.tiers().get(1);
    assertThat(options(Map.of("penstock.minimum-share", "0.1")).tiers().get(1))
        .isEqualTo(
            new SchedulingOptions.Tier(
                0.1,
                own.interTokenTarget(),
                own.timeToFirstTokenTarget(),
                own.maxQueuedRequests(),
                own.maxQueuedTokens()));
  }

  @Test
  void settingsGoToTheirTier() {
    SchedulingOptions options =
        options(
            Map.of(
                "penstock.scheduling-policy", "vtc",
                "penstock.inter-token-target", "10ms,20ms,30ms,40ms",
                "penstock.time-to-first-token-target", "1s,2s,3s,4s",
                "penstock.minimum-share", "0.1,0.2,0.3,0.15",
                "penstock.max-queued-requests-per-tier", "1,2,3,4",
                "penstock.max-queued-tokens-per-tier", "10,20,30,40",
                "penstock.max-queued-requests-per-tenant", "9"));

    SchedulingOptions.Tier flex =
        new SchedulingOptions.Tier(0.3, Duration.ofMillis(30), Duration.ofSeconds(3), 3, 30);
    assertThat(options.tiers().get(2)).isEqualTo(flex);
    assertThat(options.tiers())
        .extracting(SchedulingOptions.Tier::minimumShare)
        .isEqualTo(List.of(0.1, 0.2, 0.3, 0.15));
    assertThat(options.maxQueuedPerTenant()).isEqualTo(9);
    assertThat(options.policy()).isEqualTo(SchedulingOptions.Policy.VTC);
  }
}
