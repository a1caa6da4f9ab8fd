package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import java.util.List;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Which models the keys of a project may call. */
@RestController
@RequestMapping("/v1/organization/projects/{projectId}/model_permissions")
class ModelPermissionController {
  private static final String OBJECT = "project.model_permissions";

  private final ProjectStore store;
  private final Projects projects;
  private final KeyCache keys;
  private final AuditLog audit;

  ModelPermissionController(ProjectStore store, Projects projects, KeyCache keys, AuditLog audit) {
    this.store = store;
    this.projects = projects;
    this.keys = keys;
    this.audit = audit;
  }

  /** A project without a rule denies no model. */
  @GetMapping
  @Access(Right.VIEW)
  Mono<Permissions> get(
      @PathVariable UUID projectId, @AuthenticationPrincipal Caller.Member caller) {
    return projects.require(caller, projectId).map(Permissions::of);
  }

  @PostMapping
  @Access(Right.MANAGE)
  Mono<Permissions> set(
      @PathVariable UUID projectId,
      @RequestBody NewPermissions body,
      @AuthenticationPrincipal Caller.Member caller) {
    String mode = body.mode();
    if (mode == null || !mode.equals("allow_list") && !mode.equals("deny_list")) {
      return Mono.error(ApiException.invalid("mode", "mode must be allow_list or deny_list."));
    }
    List<String> models = KeyRestrictions.models("model_ids", body.modelIds());
    return change(projectId, mode, models == null ? List.of() : models, caller);
  }

  @DeleteMapping
  @Access(Right.MANAGE)
  Mono<Gone> delete(@PathVariable UUID projectId, @AuthenticationPrincipal Caller.Member caller) {
    return change(projectId, null, List.of(), caller).map(_ -> new Gone(OBJECT + ".deleted", true));
  }

  private Mono<Permissions> change(
      UUID projectId, String mode, List<String> models, Caller.Member caller) {
    return audit
        .record(
            projects
                .toChange(caller, projectId)
                .flatMap(
                    before ->
                        store
                            .permitModels(projectId, mode, models)
                            .map(after -> done(before, after))))
        .doOnNext(_ -> keys.forgetAll());
  }

  private static AuditEntry.Done<Permissions> done(
      ProjectStore.Project before, ProjectStore.Project after) {
    Permissions view = Permissions.of(after);
    return new AuditEntry(
            after.tenantId(),
            after.id(),
            "project.model_permissions.updated",
            after.id(),
            Permissions.of(before),
            view)
        .with(view);
  }

  record NewPermissions(String mode, List<String> modelIds) {}

  record Gone(String object, boolean deleted) {}

  /**
   * @param mode allow_list: only these; deny_list: all but these
   */
  record Permissions(String object, String mode, List<String> modelIds) {
    static Permissions of(ProjectStore.Project project) {
      return new Permissions(
          OBJECT,
          project.modelMode() == null ? "deny_list" : project.modelMode(),
          project.modelIds());
    }
  }
}
