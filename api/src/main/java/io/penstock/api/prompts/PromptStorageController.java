package io.penstock.api.prompts;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.time.Instant;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Whether an organization's prompts and answers are kept. By default nothing is; its admins turn it
 * on, and turning it off deletes what is there.
 */
@RestController
@RequestMapping("/v1/organization/prompt_storage")
class PromptStorageController {
  private static final int MOST_DAYS = 90;

  private final PromptStore store;
  private final AuditLog audit;

  PromptStorageController(PromptStore store, AuditLog audit) {
    this.store = store;
    this.audit = audit;
  }

  @GetMapping
  @Access(Right.VIEW)
  @Operation(summary = "Whether prompts and answers are kept, and how long")
  Mono<Storage> get(@AuthenticationPrincipal Caller.Member caller) {
    return store.setting(caller.tenantId()).map(Storage::of);
  }

  @PutMapping
  @Access(Right.MANAGE)
  @Operation(summary = "Keeps prompts and answers from now on, or deletes all that are kept")
  Mono<Storage> set(@RequestBody Change body, @AuthenticationPrincipal Caller.Member caller) {
    if (body.storePrompts() == null) {
      throw ApiException.invalid("store_prompts", "store_prompts must be true or false.");
    }
    Integer days = body.retentionDays();
    if (days != null && (days < 1 || days > MOST_DAYS)) {
      throw ApiException.invalid(
          "retention_days", "retention_days must be between 1 and " + MOST_DAYS + ".");
    }
    UUID tenant = caller.tenantId();
    return audit.record(
        store
            .lock(tenant)
            .flatMap(
                before -> {
                  int kept = days == null ? before.retentionDays() : days;
                  return (body.storePrompts()
                          ? store.turnOn(tenant, kept)
                          : store.turnOff(tenant, kept).then())
                      .then(Mono.defer(() -> store.setting(tenant)))
                      .map(
                          after ->
                              new AuditEntry(
                                      tenant,
                                      null,
                                      after.since() != null
                                          ? "organization.prompt_storage.on"
                                          : "organization.prompt_storage.off",
                                      tenant,
                                      Storage.of(before),
                                      Storage.of(after))
                                  .with(Storage.of(after)));
                }));
  }

  /**
   * @param storePrompts false deletes all that is kept
   * @param retentionDays 1 to 90; what is left out stays, 30 at first
   */
  record Change(Boolean storePrompts, Integer retentionDays) {}

  /**
   * @param since when it was turned on; null when it is off
   * @param stored requests whose texts are there
   */
  record Storage(boolean storePrompts, int retentionDays, Instant since, long stored) {
    static Storage of(PromptStore.Setting setting) {
      return new Storage(
          setting.since() != null, setting.retentionDays(), setting.since(), setting.stored());
    }
  }
}
