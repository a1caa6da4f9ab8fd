package io.penstock.api.people;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
import java.util.UUID;
import org.springframework.http.HttpStatus;
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

/** The people of an organization, in OpenAI's shape. They come by invitation. */
@RestController
@RequestMapping("/v1/organization/users")
class UserController {
  private final MembershipStore memberships;
  private final AuditLog audit;

  UserController(MembershipStore memberships, AuditLog audit) {
    this.memberships = memberships;
    this.audit = audit;
  }

  /**
   * @param after id of the last person of the page before
   */
  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<UserView>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return ListPage.of(
        limit,
        most -> memberships.page(caller.tenantId(), after, most).map(UserView::of),
        user -> user.id().toString());
  }

  @GetMapping("/{userId}")
  @Access(Right.VIEW)
  Mono<UserView> get(@PathVariable UUID userId, @AuthenticationPrincipal Caller.Member caller) {
    return found(caller, userId).map(UserView::of);
  }

  @PostMapping("/{userId}")
  @Access(Right.MANAGE)
  Mono<UserView> modify(
      @PathVariable UUID userId,
      @RequestBody NewRole body,
      @AuthenticationPrincipal Caller.Member caller) {
    Role role = Roles.require("role", body.role());
    return audit.record(
        memberships
            .lockOwners(caller.tenantId())
            .flatMap(
                owners ->
                    found(caller, userId)
                        .doOnNext(
                            before -> {
                              Roles.requireAbove(caller, before.role(), role);
                              requireOwnerLeft(before.role(), role, owners);
                            }))
            .flatMap(
                before ->
                    memberships
                        .change(caller.tenantId(), userId, role)
                        .then(Mono.defer(() -> found(caller, userId)))
                        .map(after -> entry("user.updated", caller, before, after))));
  }

  /** From the organization, with the person's place in its projects. */
  @DeleteMapping("/{userId}")
  @Access(Right.MANAGE)
  Mono<Deleted> delete(@PathVariable UUID userId, @AuthenticationPrincipal Caller.Member caller) {
    return audit
        .record(
            memberships
                .lockOwners(caller.tenantId())
                .flatMap(
                    owners ->
                        found(caller, userId)
                            .doOnNext(
                                before -> {
                                  Roles.requireAbove(caller, before.role());
                                  requireOwnerLeft(before.role(), null, owners);
                                }))
                .flatMap(
                    before ->
                        memberships
                            .remove(caller.tenantId(), userId)
                            .thenReturn(entry("user.deleted", caller, before, null))))
        .map(_ -> Deleted.of(userId, "organization.user"));
  }

  private static void requireOwnerLeft(Role before, Role after, int owners) {
    if (before == Role.OWNER && after != Role.OWNER && owners < 2) {
      throw ApiException.of(
          HttpStatus.CONFLICT,
          ApiException.INVALID_REQUEST,
          "last_owner",
          null,
          "An organization keeps at least one owner.");
    }
  }

  private Mono<MembershipStore.Member> found(Caller.Member caller, UUID userId) {
    return memberships
        .find(caller.tenantId(), userId)
        .switchIfEmpty(Mono.error(() -> noUser(userId)));
  }

  static ApiException noUser(UUID id) {
    return ApiException.notFound("user_not_found", null, "There is no user " + id + ".");
  }

  private static AuditEntry.Done<UserView> entry(
      String action,
      Caller.Member caller,
      MembershipStore.Member before,
      MembershipStore.Member after) {
    UserView was = UserView.of(before);
    UserView is = after == null ? null : UserView.of(after);
    return new AuditEntry(caller.tenantId(), null, action, was.id(), was, is)
        .with(is == null ? was : is);
  }

  record NewRole(String role) {}
}
