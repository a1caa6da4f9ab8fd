package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
import io.penstock.api.platform.wire.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Keys of a project. OpenAI's API lists and deletes them; making, changing and rotating them is
 * ours.
 */
@RestController
@RequestMapping("/v1/organization/projects/{projectId}/api_keys")
class ProjectKeyController {
  private final Projects projects;
  private final KeyStore keys;
  private final KeyActs acts;

  ProjectKeyController(Projects projects, KeyStore keys, KeyActs acts) {
    this.projects = projects;
    this.keys = keys;
    this.acts = acts;
  }

  /** The answer's {@code value} is the key, shown this once. */
  @PostMapping
  @Access(Right.KEYS)
  Mono<ApiKeyView> create(
      @PathVariable UUID projectId,
      @RequestBody ApiKeyBody body,
      @AuthenticationPrincipal Caller.Member caller) {
    String name = Names.require("name", body.name());
    KeyRestrictions restrictions = body.ofProject();
    Instant expiresAt = Expiry.in(body.expiresInSeconds());
    return projects
        .toManageKeys(caller, projectId)
        .flatMap(
            project ->
                acts.create(
                    new KeyActs.Home(caller.tenantId(), projectId, null, caller.actor()),
                    name,
                    restrictions,
                    expiresAt))
        .map(ApiKeyView::of);
  }

  /**
   * @param after id of the last key of the page before
   */
  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<ApiKeyView>> list(
      @PathVariable UUID projectId,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return projects
        .require(caller, projectId)
        .flatMap(
            _ ->
                ListPage.of(
                    limit,
                    most ->
                        keys.page(caller.tenantId(), projectId, after, most).map(ApiKeyView::of),
                    key -> key.id().toString()));
  }

  @GetMapping("/{keyId}")
  @Access(Right.VIEW)
  Mono<ApiKeyView> get(
      @PathVariable UUID projectId,
      @PathVariable UUID keyId,
      @AuthenticationPrincipal Caller.Member caller) {
    return projects
        .require(caller, projectId)
        .flatMap(_ -> found(caller, projectId, keyId))
        .map(ApiKeyView::of);
  }

  /**
   * Changes name and restrictions; what is left out stays, and null lifts a rule. It counts here
   * for the next request, on other replicas within a second.
   */
  @PostMapping("/{keyId}")
  @Access(Right.KEYS)
  Mono<ApiKeyView> modify(
      @PathVariable UUID projectId,
      @PathVariable UUID keyId,
      @RequestBody ApiKeyBody.Change body,
      @AuthenticationPrincipal Caller.Member caller) {
    String name = body.name() == null ? null : Names.require("name", body.name());
    return projects
        .toManageKeys(caller, projectId)
        .flatMap(_ -> acts.change(found(caller, projectId, keyId), body::of, name))
        .map(ApiKeyView::of);
  }

  /**
   * The answer has a new key; the old one works on for {@code overlap_seconds}, by default a day.
   */
  @PostMapping("/{keyId}/rotate")
  @Access(Right.KEYS)
  Mono<ApiKeyView> rotate(
      @PathVariable UUID projectId,
      @PathVariable UUID keyId,
      @RequestBody ApiKeyBody.Rotation body,
      @AuthenticationPrincipal Caller.Member caller) {
    Duration overlap = Expiry.overlap(body.overlapSeconds());
    return projects
        .toManageKeys(caller, projectId)
        .flatMap(_ -> acts.rotate(found(caller, projectId, keyId), overlap, caller.actor()))
        .map(ApiKeyView::of);
  }

  /** The key stops working: here with the next request, on other replicas within a second. */
  @DeleteMapping("/{keyId}")
  @Access(Right.KEYS)
  Mono<Deleted> delete(
      @PathVariable UUID projectId,
      @PathVariable UUID keyId,
      @AuthenticationPrincipal Caller.Member caller) {
    return projects
        .toManageKeys(caller, projectId)
        .flatMap(_ -> acts.revoke(found(caller, projectId, keyId)))
        .map(key -> Deleted.of(key.id(), "organization.project.api_key"));
  }

  private Mono<StoredKey> found(Caller.Member caller, UUID projectId, UUID keyId) {
    return keys.ofProject(caller.tenantId(), projectId, keyId)
        .switchIfEmpty(Mono.error(() -> KeyAdminController.noKey(keyId)));
  }
}
