package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.ListPage;
import io.penstock.api.platform.wire.Names;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Projects of an organization, in OpenAI's shape. */
@RestController
@RequestMapping("/v1/organization/projects")
class ProjectController {
  private final ProjectStore store;
  private final Projects projects;
  private final KeyCache keys;
  private final AuditLog audit;

  ProjectController(ProjectStore store, Projects projects, KeyCache keys, AuditLog audit) {
    this.store = store;
    this.projects = projects;
    this.keys = keys;
    this.audit = audit;
  }

  @PostMapping
  @Access(Right.MANAGE)
  Mono<ProjectView> create(
      @RequestBody ProjectName body, @AuthenticationPrincipal Caller.Member caller) {
    String name = Names.require("name", body.name());
    return audit.record(
        store.insert(caller.tenantId(), name).map(made -> done("project.created", null, made)));
  }

  /**
   * @param after id of the last project of the page before
   */
  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<ProjectView>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @RequestParam(name = "include_archived", defaultValue = "false") boolean includeArchived,
      @AuthenticationPrincipal Caller.Member caller) {
    return ListPage.of(
        limit,
        most -> store.page(caller.tenantId(), includeArchived, after, most).map(ProjectView::of),
        project -> project.id().toString());
  }

  @GetMapping("/{projectId}")
  @Access(Right.VIEW)
  Mono<ProjectView> get(
      @PathVariable UUID projectId, @AuthenticationPrincipal Caller.Member caller) {
    return projects.require(caller, projectId).map(ProjectView::of);
  }

  @PostMapping("/{projectId}")
  @Access(Right.MANAGE)
  Mono<ProjectView> modify(
      @PathVariable UUID projectId,
      @RequestBody ProjectName body,
      @AuthenticationPrincipal Caller.Member caller) {
    String name = Names.require("name", body.name());
    return audit.record(
        projects
            .toChange(caller, projectId)
            .flatMap(
                before ->
                    store.rename(projectId, name).map(a -> done("project.updated", before, a))));
  }

  /** Its keys stop working. It cannot be brought back. */
  @PostMapping("/{projectId}/archive")
  @Access(Right.MANAGE)
  Mono<ProjectView> archive(
      @PathVariable UUID projectId, @AuthenticationPrincipal Caller.Member caller) {
    return audit
        .record(
            projects
                .toChange(caller, projectId)
                .doOnNext(ProjectController::requireNotDefault)
                .flatMap(
                    before ->
                        store.archive(projectId).map(a -> done("project.archived", before, a))))
        .doOnNext(_ -> keys.forgetAll());
  }

  private static void requireNotDefault(ProjectStore.Project project) {
    if (project.isDefault()) {
      throw ApiException.invalid(
          "project_id", "The default project of an organization cannot be archived.");
    }
  }

  private static AuditEntry.Done<ProjectView> done(
      String action, ProjectStore.Project before, ProjectStore.Project after) {
    ProjectView view = ProjectView.of(after);
    return new AuditEntry(
            after.tenantId(),
            after.id(),
            action,
            after.id(),
            before == null ? null : ProjectView.of(before),
            view)
        .with(view);
  }

  record ProjectName(String name) {}

  /**
   * @param createdAt seconds since 1970
   * @param archivedAt null while it is active
   * @param status active or archived
   */
  record ProjectView(
      UUID id, String object, String name, long createdAt, Long archivedAt, String status) {
    static ProjectView of(ProjectStore.Project project) {
      return new ProjectView(
          project.id(),
          "organization.project",
          project.name(),
          project.createdAt().getEpochSecond(),
          project.archivedAt() == null ? null : project.archivedAt().getEpochSecond(),
          project.status());
    }
  }
}
