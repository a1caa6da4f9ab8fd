package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.testing.FakeEngine;
import io.penstock.engine.client.LatencyTargets;
import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class GatewayMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final FakeEngine engine = new FakeEngine("model");
  private final ServedModel model = new ServedModel(engine);
  private final GatewayMetrics metrics =
      new GatewayMetrics(
          registry,
          new Binder(new MapConfigurationPropertySource(Map.of()))
              .bindOrCreate("penstock", PenstockProperties.class),
          new LiveFigures());

  @AfterEach
  void stop() {
    engine.close();
  }

  private void record(long firstMillis, long betweenMillis) {
    GatewayMetrics.TokenLatency latency = metrics.tokens(model, ServiceTier.DEFAULT);
    latency.first().record(Duration.ofMillis(firstMillis).toNanos());
    latency.between().record(Duration.ofMillis(betweenMillis).toNanos());
  }

  private double late(String name) {
    return registry
        .get(name + ".late")
        .tag("model", "model")
        .tag("tier", "default")
        .counter()
        .count();
  }

  private static LatencyTargets targets(long firstMillis, long betweenMillis) {
    return new LatencyTargets(
        Duration.ofMillis(firstMillis).toNanos(), Duration.ofMillis(betweenMillis).toNanos());
  }

  @Test
  void lateIsWhatTheModelsEngineDoesNotPlanFor() {
    engine.targets(targets(220, 0));
    record(219, 5000);
    assertThat(late("penstock.time.to.first.token")).isZero();
    record(221, 5000);
    assertThat(late("penstock.time.to.first.token")).isEqualTo(1);
    assertThat(late("penstock.inter.token.latency")).as("without a target").isZero();
  }

  @Test
  void aModelThatIsLoadedAnewMayHaveOtherTargets() {
    engine.targets(targets(52, 50));
    record(60, 60);
    engine.targets(targets(220, 70));
    record(60, 60);
    record(230, 71);
    assertThat(late("penstock.time.to.first.token")).isEqualTo(2);
    assertThat(late("penstock.inter.token.latency")).isEqualTo(2);
    assertThat(registry.get("penstock.time.to.first.token").timer().count()).isEqualTo(3);
  }
}
