package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Names;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** A tenant's keys, for the operator. The secret stands in one answer only: the creation's. */
@RestController
@Access(Right.OPERATOR)
class KeyAdminController {
  private final TenantStore tenants;
  private final ProjectStore projects;
  private final KeyStore keys;
  private final KeyActs acts;

  KeyAdminController(TenantStore tenants, ProjectStore projects, KeyStore keys, KeyActs acts) {
    this.tenants = tenants;
    this.projects = projects;
    this.keys = keys;
    this.acts = acts;
  }

  /** In the tenant's default project, unless the request names another. */
  @PostMapping("/admin/tenants/{tenantId}/keys")
  @ResponseStatus(HttpStatus.CREATED)
  Mono<KeyView> create(
      @PathVariable UUID tenantId,
      @RequestBody NewKey body,
      @AuthenticationPrincipal Caller.Admin caller) {
    String name = Names.require("name", body.name());
    Instant expiresAt = Expiry.in(body.expiresInSeconds());
    KeyRestrictions restrictions =
        KeyRestrictions.of(
            body.scopes(),
            body.allowedModels(),
            body.deniedModels(),
            body.allowedCidrs(),
            KeyRestrictions.OF_PROJECTS,
            KeyRestrictions.OF_PROJECTS);
    return tenants
        .find(tenantId)
        .switchIfEmpty(Mono.error(() -> TenantAdminController.noTenant(tenantId)))
        .then(Mono.defer(() -> project(tenantId, body.projectId())))
        .flatMap(
            project ->
                acts.create(
                    new KeyActs.Home(tenantId, project.id(), null, caller.actor()),
                    name,
                    restrictions,
                    expiresAt))
        .map(made -> KeyView.of(made.key(), made.text()));
  }

  private Mono<ProjectStore.Project> project(UUID tenantId, UUID id) {
    return id == null
        ? projects.ofDefault(tenantId)
        : projects
            .find(tenantId, id)
            .switchIfEmpty(Mono.error(() -> ProjectStore.noProject(id)))
            .doOnNext(ProjectStore.Project::requireActive);
  }

  @GetMapping("/admin/tenants/{tenantId}/keys")
  Mono<Keys> list(@PathVariable UUID tenantId) {
    return tenants
        .find(tenantId)
        .switchIfEmpty(Mono.error(() -> TenantAdminController.noTenant(tenantId)))
        .thenMany(keys.ofTenant(tenantId))
        .map(key -> KeyView.of(key, null))
        .collectList()
        .map(Keys::new);
  }

  /** The key stops working: here with the next request, on other replicas within a second. */
  @DeleteMapping("/admin/keys/{id}")
  Mono<KeyView> revoke(@PathVariable UUID id) {
    return acts.revoke(ofTenants(id)).map(key -> KeyView.of(key, null));
  }

  /** Changes name and restrictions; what is left out stays, and null lifts a rule. */
  @PostMapping("/admin/keys/{id}")
  Mono<KeyView> change(@PathVariable UUID id, @RequestBody ApiKeyBody.Change body) {
    String name = body.name() == null ? null : Names.require("name", body.name());
    return acts.change(ofProjects(id), body::of, name).map(key -> KeyView.of(key, null));
  }

  private Mono<StoredKey> ofProjects(UUID id) {
    return ofTenants(id)
        .flatMap(
            key ->
                key.projectId() == null
                    ? Mono.error(
                        ApiException.invalid(
                            null, "Only keys of projects can be changed; make another one."))
                    : Mono.just(key));
  }

  /**
   * The answer has a new key; the old one works on for {@code overlap_seconds}, by default a day.
   */
  @PostMapping("/admin/keys/{id}/rotate")
  @ResponseStatus(HttpStatus.CREATED)
  Mono<KeyView> rotate(
      @PathVariable UUID id,
      @RequestBody Rotation body,
      @AuthenticationPrincipal Caller.Admin caller) {
    return acts.rotate(ofTenants(id), Expiry.overlap(body.overlapSeconds()), caller.actor())
        .map(made -> KeyView.of(made.key(), made.text()));
  }

  private Mono<StoredKey> ofTenants(UUID id) {
    return keys.lock(id)
        .switchIfEmpty(Mono.error(() -> noKey(id)))
        .flatMap(
            key ->
                key.role().equals("admin")
                    ? Mono.error(
                        ApiException.invalid(
                            null,
                            "The admin key is replaced by setting PENSTOCK_ADMIN_KEY, not revoked."))
                    : Mono.just(key));
  }

  static ApiException noKey(UUID id) {
    return ApiException.notFound("key_not_found", null, "There is no key " + id + ".");
  }

  /**
   * @param projectId null for the default project
   * @param expiresInSeconds null for never
   * @param scopes null for inference and usage:read
   * @param allowedModels null for all, as {@code deniedModels} for none
   * @param allowedCidrs null for any address
   */
  record NewKey(
      String name,
      UUID projectId,
      Long expiresInSeconds,
      List<String> scopes,
      List<String> allowedModels,
      List<String> deniedModels,
      List<String> allowedCidrs) {}

  record Rotation(Long overlapSeconds) {}

  record Keys(List<KeyView> data) {}

  /**
   * @param key the whole key, only in the answer to its creation
   * @param status active, expired or revoked
   */
  record KeyView(
      UUID id,
      UUID tenantId,
      UUID projectId,
      String name,
      String redactedValue,
      @com.fasterxml.jackson.annotation.JsonInclude(
              com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL)
          String key,
      String status,
      List<String> scopes,
      List<String> allowedModels,
      List<String> deniedModels,
      List<String> allowedCidrs,
      Instant createdAt,
      Instant expiresAt,
      Instant revokedAt,
      Instant lastUsedAt,
      UUID rotatedTo) {
    static KeyView of(StoredKey stored, String key) {
      KeyRestrictions restrictions = stored.restrictions();
      return new KeyView(
          stored.id(),
          stored.tenantId(),
          stored.projectId(),
          stored.name(),
          stored.redacted(),
          key,
          stored.status(Instant.now()),
          restrictions.scopeNames(),
          restrictions.allowedModels(),
          restrictions.deniedModels(),
          restrictions.cidrTexts(),
          stored.createdAt(),
          stored.expiresAt(),
          stored.revokedAt(),
          stored.lastUsedAt(),
          stored.rotatedTo());
    }
  }
}
