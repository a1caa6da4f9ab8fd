package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
import io.penstock.api.platform.wire.Names;
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

/** Keys that administer an organization, or read all of its usage. For its owners. */
@RestController
@RequestMapping("/v1/organization/admin_api_keys")
@Access(Right.OWN)
class AdminKeyController {
  private final KeyStore keys;
  private final KeyActs acts;

  AdminKeyController(KeyStore keys, KeyActs acts) {
    this.keys = keys;
    this.acts = acts;
  }

  /** The answer's {@code value} is the key, shown this once. */
  @PostMapping
  Mono<ApiKeyView> create(
      @RequestBody ApiKeyBody body, @AuthenticationPrincipal Caller.Member caller) {
    String name = Names.require("name", body.name());
    KeyRestrictions restrictions = body.ofOrganization();
    Instant expiresAt = Expiry.in(body.expiresInSeconds());
    return acts.create(
            new KeyActs.Home(caller.tenantId(), null, null, caller.actor()),
            name,
            restrictions,
            expiresAt)
        .map(ApiKeyView::of);
  }

  /**
   * @param after id of the last key of the page before
   */
  @GetMapping
  Mono<ListPage<ApiKeyView>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return ListPage.of(
        limit,
        most -> keys.page(caller.tenantId(), null, after, most).map(ApiKeyView::of),
        key -> key.id().toString());
  }

  @GetMapping("/{keyId}")
  Mono<ApiKeyView> get(@PathVariable UUID keyId, @AuthenticationPrincipal Caller.Member caller) {
    return found(caller, keyId).map(ApiKeyView::of);
  }

  /** The key stops working: here with the next request, on other replicas within a second. */
  @DeleteMapping("/{keyId}")
  Mono<Deleted> delete(@PathVariable UUID keyId, @AuthenticationPrincipal Caller.Member caller) {
    return acts.revoke(found(caller, keyId))
        .map(key -> Deleted.of(key.id(), "organization.admin_api_key"));
  }

  private Mono<StoredKey> found(Caller.Member caller, UUID keyId) {
    return keys.ofOrganization(caller.tenantId(), keyId)
        .switchIfEmpty(Mono.error(() -> KeyAdminController.noKey(keyId)));
  }
}
