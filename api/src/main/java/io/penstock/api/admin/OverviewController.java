package io.penstock.api.admin;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.health.ReadinessCheck;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The console's first page: is it healthy, what is loaded. */
@RestController
@Access(Right.OPERATOR)
class OverviewController {
  private final ModelRegistry registry;
  private final List<ReadinessCheck> checks;

  OverviewController(ModelRegistry registry, List<ReadinessCheck> checks) {
    this.registry = registry;
    this.checks = checks;
  }

  @GetMapping("/admin/overview")
  Overview overview() {
    List<String> reasons =
        checks.stream().map(ReadinessCheck::notReadyBecause).flatMap(Optional::stream).toList();
    return new Overview(
        reasons.isEmpty() ? "ok" : "unavailable",
        reasons,
        Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()),
        Runtime.version().toString(),
        registry.all().stream().map(OverviewController::view).toList());
  }

  private static Model view(ModelStatus status) {
    ServedModel model = status.model();
    String state = status.state().name().toLowerCase(Locale.ROOT);
    if (model == null) {
      return new Model(status.id(), state, status.detail(), null, null, null, null);
    }
    return new Model(
        status.id(),
        state,
        model.unavailableBecause(),
        model.description(),
        model.maxModelLen(),
        model.loadedAt(),
        model.load());
  }

  /**
   * @param status ok or unavailable
   * @param reasons why it is not ok
   */
  record Overview(
      String status,
      List<String> reasons,
      Instant startedAt,
      String javaVersion,
      List<Model> models) {}

  /**
   * @param state loading, ready or failed
   * @param detail progress or reason
   */
  record Model(
      String id,
      String state,
      String detail,
      ServedModel.Description description,
      Integer maxModelLen,
      Instant loadedAt,
      ServedModel.Load load) {}
}
