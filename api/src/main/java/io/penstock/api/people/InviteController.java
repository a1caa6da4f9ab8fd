package io.penstock.api.people;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.KeyedHash;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.access.Secrets;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

/**
 * Invitations into an organization. Penstock sends no mail: the answer to the creation has the
 * token by which it is accepted, for whoever invites to pass on.
 */
@RestController
@RequestMapping("/v1/organization/invites")
@Access(Right.MANAGE)
class InviteController {
  static final String HASH = "invite";
  private static final Duration LIFETIME = Duration.ofDays(7);
  private static final int MOST_PROJECTS = 100;

  private final InviteStore invites;
  private final KeyedHash hash;
  private final AuditLog audit;

  InviteController(InviteStore invites, KeyedHash hash, AuditLog audit) {
    this.invites = invites;
    this.hash = hash;
    this.audit = audit;
  }

  /** The answer's {@code token} is shown this once; it ends after a week. */
  @PostMapping
  Mono<InviteView> create(
      @RequestBody NewInvite body, @AuthenticationPrincipal Caller.Member caller) {
    String email = Emails.require("email", body.email());
    Role role = Roles.require("role", body.role());
    Roles.requireAbove(caller, role);
    List<InviteStore.InProject> projects = projects(body.projects());
    String token = Secrets.next();
    return audit.record(
        invites
            .insert(
                caller.tenantId(),
                email,
                role,
                hash.of(HASH, token),
                Instant.now().plus(LIFETIME),
                projects)
            .switchIfEmpty(
                Mono.error(
                    () ->
                        ApiException.notFound(
                            "project_not_found",
                            "projects",
                            "One of the projects is none of this organization.")))
            .map(
                made ->
                    new AuditEntry(
                            caller.tenantId(),
                            null,
                            "invite.sent",
                            made.id(),
                            null,
                            InviteView.of(made, null))
                        .with(InviteView.of(made, token))));
  }

  private static List<InviteStore.InProject> projects(List<NewInvite.Project> asked) {
    if (asked == null) {
      return List.of();
    }
    if (asked.size() > MOST_PROJECTS) {
      throw ApiException.invalid(
          "projects", "projects must have at most " + MOST_PROJECTS + " entries.");
    }
    List<InviteStore.InProject> projects = new ArrayList<>();
    Set<UUID> seen = new HashSet<>();
    for (int i = 0; i < asked.size(); i++) {
      NewInvite.Project one = asked.get(i);
      String param = "projects[" + i + "]";
      if (one == null || one.id() == null || !seen.add(one.id())) {
        throw ApiException.invalid(
            param + ".id", param + ".id must be the id of a project, each but once.");
      }
      String role = one.role() == null ? "member" : one.role();
      if (!role.equals("owner") && !role.equals("member")) {
        throw ApiException.invalid(param + ".role", param + ".role must be owner or member.");
      }
      projects.add(new InviteStore.InProject(one.id(), role));
    }
    return projects;
  }

  /**
   * @param after id of the last invitation of the page before
   */
  @GetMapping
  Mono<ListPage<InviteView>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return ListPage.of(
        limit,
        most -> invites.page(caller.tenantId(), after, most).map(i -> InviteView.of(i, null)),
        invite -> invite.id().toString());
  }

  @GetMapping("/{inviteId}")
  Mono<InviteView> get(@PathVariable UUID inviteId, @AuthenticationPrincipal Caller.Member caller) {
    return found(caller, inviteId).map(i -> InviteView.of(i, null));
  }

  /** One that was accepted cannot be taken back. */
  @DeleteMapping("/{inviteId}")
  Mono<Deleted> delete(@PathVariable UUID inviteId, @AuthenticationPrincipal Caller.Member caller) {
    return audit.record(
        found(caller, inviteId)
            .doOnNext(InviteController::requireNotAccepted)
            .flatMap(
                invite ->
                    invites
                        .delete(inviteId)
                        .thenReturn(
                            new AuditEntry(
                                    caller.tenantId(),
                                    null,
                                    "invite.deleted",
                                    inviteId,
                                    InviteView.of(invite, null),
                                    null)
                                .with(Deleted.of(inviteId, "organization.invite")))));
  }

  private static void requireNotAccepted(InviteStore.Invite invite) {
    if (invite.acceptedAt() != null) {
      throw ApiException.of(
          HttpStatus.CONFLICT,
          ApiException.INVALID_REQUEST,
          "invite_accepted",
          null,
          "The invitation was accepted; remove the user instead.");
    }
  }

  private Mono<InviteStore.Invite> found(Caller.Member caller, UUID id) {
    return invites
        .find(caller.tenantId(), id)
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.notFound(
                        "invite_not_found", null, "There is no invitation " + id + ".")));
  }

  /**
   * @param projects that who accepts is put into; null for none
   */
  record NewInvite(String email, String role, List<Project> projects) {
    /**
     * @param role owner or member, which null stands for
     */
    record Project(UUID id, String role) {}
  }

  /**
   * @param status pending, accepted or expired
   * @param createdAt seconds since 1970, as the other times
   * @param projects that who accepts is put into, with the role there
   * @param token only in the answer to its creation
   */
  record InviteView(
      String object,
      UUID id,
      String email,
      String role,
      String status,
      long createdAt,
      long expiresAt,
      Long acceptedAt,
      List<InviteStore.InProject> projects,
      @JsonInclude(JsonInclude.Include.NON_NULL) String token) {
    static InviteView of(InviteStore.Invite invite, String token) {
      return new InviteView(
          "organization.invite",
          invite.id(),
          invite.email(),
          invite.role().text(),
          invite.status(Instant.now()),
          invite.createdAt().getEpochSecond(),
          invite.expiresAt().getEpochSecond(),
          invite.acceptedAt() == null ? null : invite.acceptedAt().getEpochSecond(),
          invite.projects(),
          token);
    }
  }
}
