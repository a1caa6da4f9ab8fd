package io.penstock.api.gateway.limits;

import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The limits that administrators set. A change counts for every admission after it, everywhere. */
public interface LimitSettings {
  /** Those set on one plan, organization, project or key, by model and kind. */
  Flux<LimitSetting> of(LimitScope scope, String scopeId);

  /** Sets limits, all of them or none; each takes the place of one of the same kind and model. */
  Mono<Void> set(List<LimitSetting> limits);

  /** True when there was one. What the plan says counts again. */
  Mono<Boolean> remove(LimitScope scope, String scopeId, String model, LimitKind kind);
}
