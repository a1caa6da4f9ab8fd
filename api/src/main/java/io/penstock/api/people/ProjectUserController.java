package io.penstock.api.people;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
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

/** The people who work in a project and may manage its keys, in OpenAI's shape. */
@RestController
@RequestMapping("/v1/organization/projects/{projectId}/users")
class ProjectUserController {
  private final ProjectMemberStore members;
  private final MembershipStore memberships;
  private final AuditLog audit;

  ProjectUserController(ProjectMemberStore members, MembershipStore memberships, AuditLog audit) {
    this.members = members;
    this.memberships = memberships;
    this.audit = audit;
  }

  /** Somebody of the organization; others are invited first. */
  @PostMapping
  @Access(Right.MANAGE)
  Mono<ProjectUser> add(
      @PathVariable UUID projectId,
      @RequestBody NewUser body,
      @AuthenticationPrincipal Caller.Member caller) {
    if (body.userId() == null) {
      return Mono.error(ApiException.invalid("user_id", "user_id is missing."));
    }
    String role = role(body.role());
    return requireProject(caller, projectId)
        .then(memberships.find(caller.tenantId(), body.userId()))
        .switchIfEmpty(Mono.error(() -> UserController.noUser(body.userId())))
        .then(Mono.defer(() -> put(caller, projectId, body.userId(), role, "project.user.added")));
  }

  private Mono<ProjectUser> put(
      Caller.Member caller, UUID projectId, UUID userId, String role, String action) {
    return audit.record(
        members
            .find(caller.tenantId(), projectId, userId)
            .singleOptional()
            .flatMap(
                before ->
                    members
                        .put(caller.tenantId(), projectId, userId, role)
                        .then(Mono.defer(() -> members.find(caller.tenantId(), projectId, userId)))
                        .map(ProjectUser::of)
                        .map(
                            after ->
                                new AuditEntry(
                                        caller.tenantId(),
                                        projectId,
                                        action,
                                        userId,
                                        before.map(ProjectUser::of).orElse(null),
                                        after)
                                    .with(after))));
  }

  /**
   * @param after id of the last person of the page before
   */
  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<ProjectUser>> list(
      @PathVariable UUID projectId,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return requireProject(caller, projectId)
        .then(
            ListPage.of(
                limit,
                most ->
                    members.page(caller.tenantId(), projectId, after, most).map(ProjectUser::of),
                user -> user.id().toString()));
  }

  @GetMapping("/{userId}")
  @Access(Right.VIEW)
  Mono<ProjectUser> get(
      @PathVariable UUID projectId,
      @PathVariable UUID userId,
      @AuthenticationPrincipal Caller.Member caller) {
    return found(caller, projectId, userId).map(ProjectUser::of);
  }

  @PostMapping("/{userId}")
  @Access(Right.MANAGE)
  Mono<ProjectUser> modify(
      @PathVariable UUID projectId,
      @PathVariable UUID userId,
      @RequestBody UserController.NewRole body,
      @AuthenticationPrincipal Caller.Member caller) {
    String role = role(body.role());
    return found(caller, projectId, userId)
        .flatMap(_ -> put(caller, projectId, userId, role, "project.user.updated"));
  }

  @DeleteMapping("/{userId}")
  @Access(Right.MANAGE)
  Mono<Deleted> delete(
      @PathVariable UUID projectId,
      @PathVariable UUID userId,
      @AuthenticationPrincipal Caller.Member caller) {
    return audit.record(
        found(caller, projectId, userId)
            .flatMap(
                before ->
                    members
                        .remove(caller.tenantId(), projectId, userId)
                        .thenReturn(
                            new AuditEntry(
                                    caller.tenantId(),
                                    projectId,
                                    "project.user.deleted",
                                    userId,
                                    ProjectUser.of(before),
                                    null)
                                .with(Deleted.of(userId, "organization.project.user")))));
  }

  private Mono<ProjectMemberStore.Member> found(Caller.Member caller, UUID projectId, UUID userId) {
    return requireProject(caller, projectId)
        .then(members.find(caller.tenantId(), projectId, userId))
        .switchIfEmpty(Mono.error(() -> UserController.noUser(userId)));
  }

  private Mono<Void> requireProject(Caller.Member caller, UUID projectId) {
    return members
        .exists(caller.tenantId(), projectId)
        .flatMap(
            exists ->
                exists
                    ? Mono.empty()
                    : Mono.error(
                        ApiException.notFound(
                            "project_not_found", null, "There is no project " + projectId + ".")));
  }

  private static String role(String role) {
    if (role == null || !role.equals("owner") && !role.equals("member")) {
      throw ApiException.invalid("role", "role must be owner or member.");
    }
    return role;
  }

  record NewUser(UUID userId, String role) {}

  /**
   * @param role owner or member
   * @param addedAt seconds since 1970
   */
  record ProjectUser(String object, UUID id, String name, String email, String role, long addedAt) {
    static ProjectUser of(ProjectMemberStore.Member member) {
      return new ProjectUser(
          "organization.project.user",
          member.person().id(),
          member.person().name(),
          member.person().email(),
          member.role(),
          member.addedAt().getEpochSecond());
    }
  }
}
