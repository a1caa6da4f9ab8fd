package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Caller.Actor;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.error.ApiException;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Projects as a caller may see them: another organization's do not exist. */
@Component
class Projects {
  private final ProjectStore store;

  Projects(ProjectStore store) {
    this.store = store;
  }

  /** A project of the caller's organization; 404 otherwise. */
  Mono<ProjectStore.Project> require(Caller.OfTenant caller, UUID id) {
    return store
        .find(caller.tenantId(), id)
        .switchIfEmpty(Mono.error(() -> ProjectStore.noProject(id)));
  }

  /** Likewise, kept from change until the transaction ends, and not archived. */
  Mono<ProjectStore.Project> toChange(Caller.OfTenant caller, UUID id) {
    return store
        .lock(caller.tenantId(), id)
        .switchIfEmpty(Mono.error(() -> ProjectStore.noProject(id)))
        .doOnNext(ProjectStore.Project::requireActive);
  }

  /** A project whose keys the caller may manage: members only where they work. */
  Mono<ProjectStore.Project> toManageKeys(Caller.Member caller, UUID id) {
    return toChange(caller, id)
        .filterWhen(
            project ->
                caller.role().atLeast(Role.ADMIN) || caller.actor().kind() != Actor.Kind.PERSON
                    ? Mono.just(true)
                    : store.isMember(id, caller.actor().id()))
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.of(
                        HttpStatus.FORBIDDEN,
                        ApiException.INVALID_REQUEST,
                        "insufficient_permissions",
                        null,
                        "You do not work in the project " + id + ".")));
  }
}
