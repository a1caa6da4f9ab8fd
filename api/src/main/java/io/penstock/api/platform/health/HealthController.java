package io.penstock.api.platform.health;

import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Probes. Liveness says that the process answers; readiness waits for the models. The database is
 * not asked: one that is briefly away must not take every replica out of service.
 */
@RestController
@Access(Right.PUBLIC)
class HealthController {
  private final List<ReadinessCheck> checks;

  HealthController(List<ReadinessCheck> checks) {
    this.checks = checks;
  }

  /** As in vLLM: 200 and an empty body. */
  @GetMapping("/health")
  ResponseEntity<Void> health() {
    return ResponseEntity.ok().build();
  }

  @GetMapping("/livez")
  Health live() {
    return Health.OK;
  }

  @GetMapping("/readyz")
  ResponseEntity<Health> ready() {
    List<String> reasons =
        checks.stream().map(ReadinessCheck::notReadyBecause).flatMap(Optional::stream).toList();
    return reasons.isEmpty()
        ? ResponseEntity.ok(Health.OK)
        : ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
            .header("Retry-After", "1")
            .body(new Health("unavailable", reasons));
  }

  record Health(String status, List<String> reasons) {
    static final Health OK = new Health("ok", List.of());
  }
}
