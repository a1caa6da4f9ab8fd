package io.penstock.api.tenancy;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
import io.penstock.api.platform.wire.Names;
import java.util.List;
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

/** Service accounts of a project; each comes with a key. */
@RestController
@RequestMapping("/v1/organization/projects/{projectId}/service_accounts")
class ServiceAccountController {
  private static final String OBJECT = "organization.project.service_account";

  private final Projects projects;
  private final ServiceAccountStore accounts;
  private final KeyActs keys;
  private final KeyCache cache;
  private final AuditLog audit;

  ServiceAccountController(
      Projects projects,
      ServiceAccountStore accounts,
      KeyActs keys,
      KeyCache cache,
      AuditLog audit) {
    this.projects = projects;
    this.accounts = accounts;
    this.keys = keys;
    this.cache = cache;
    this.audit = audit;
  }

  /** The answer's {@code api_key.value} is its key, shown this once. */
  @PostMapping
  @Access(Right.MANAGE)
  Mono<AccountView> create(
      @PathVariable UUID projectId,
      @RequestBody NewAccount body,
      @AuthenticationPrincipal Caller.Member caller) {
    String name = Names.require("name", body.name());
    KeyRestrictions restrictions =
        new ApiKeyBody(name, null, body.scopes(), null, null, null).ofProject();
    return audit.record(
        projects
            .toChange(caller, projectId)
            .flatMap(_ -> accounts.insert(caller.tenantId(), projectId, name))
            .flatMap(
                account ->
                    keys.insert(
                            new KeyActs.Home(
                                caller.tenantId(), projectId, account.id(), caller.actor()),
                            name,
                            restrictions,
                            null)
                        .map(
                            made ->
                                entry("service_account.created", account, null, view(account))
                                    .with(view(account, made)))));
  }

  /**
   * @param after id of the last account of the page before
   */
  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<AccountView>> list(
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
                        accounts
                            .page(caller.tenantId(), projectId, after, most)
                            .map(ServiceAccountController::view),
                    account -> account.id().toString()));
  }

  @GetMapping("/{accountId}")
  @Access(Right.VIEW)
  Mono<AccountView> get(
      @PathVariable UUID projectId,
      @PathVariable UUID accountId,
      @AuthenticationPrincipal Caller.Member caller) {
    return projects
        .require(caller, projectId)
        .flatMap(_ -> found(caller, projectId, accountId))
        .map(ServiceAccountController::view);
  }

  /** Its keys stop working. */
  @DeleteMapping("/{accountId}")
  @Access(Right.MANAGE)
  Mono<Deleted> delete(
      @PathVariable UUID projectId,
      @PathVariable UUID accountId,
      @AuthenticationPrincipal Caller.Member caller) {
    return audit
        .record(
            projects
                .require(caller, projectId)
                .flatMap(_ -> found(caller, projectId, accountId))
                .flatMap(
                    account ->
                        accounts
                            .delete(accountId)
                            .filter(Boolean::booleanValue)
                            .switchIfEmpty(Mono.error(() -> noAccount(accountId)))
                            .map(
                                _ ->
                                    entry("service_account.deleted", account, view(account), null)
                                        .with(Deleted.of(accountId, OBJECT)))))
        .doOnNext(_ -> cache.forgetAll());
  }

  private Mono<ServiceAccountStore.Account> found(
      Caller.Member caller, UUID projectId, UUID accountId) {
    return accounts
        .find(caller.tenantId(), projectId, accountId)
        .switchIfEmpty(Mono.error(() -> noAccount(accountId)));
  }

  private static ApiException noAccount(UUID id) {
    return ApiException.notFound(
        "service_account_not_found", null, "There is no service account " + id + ".");
  }

  private static AuditEntry entry(
      String action, ServiceAccountStore.Account account, Object before, Object after) {
    return new AuditEntry(
        account.tenantId(), account.projectId(), action, account.id(), before, after);
  }

  private static AccountView view(ServiceAccountStore.Account account) {
    return view(account, null);
  }

  private static AccountView view(ServiceAccountStore.Account account, KeyActs.Made made) {
    return new AccountView(
        OBJECT,
        account.id(),
        account.name(),
        account.role(),
        account.createdAt().getEpochSecond(),
        made == null
            ? null
            : new KeyOfAccount(
                OBJECT + ".api_key",
                made.text(),
                made.key().name(),
                made.key().createdAt().getEpochSecond(),
                made.key().id()));
  }

  /**
   * @param scopes of its key; null for all that keys of projects have
   */
  record NewAccount(String name, List<String> scopes) {}

  /**
   * @param createdAt seconds since 1970
   * @param apiKey only in the answer to its creation
   */
  record AccountView(
      String object,
      UUID id,
      String name,
      String role,
      long createdAt,
      @JsonInclude(JsonInclude.Include.NON_NULL) KeyOfAccount apiKey) {}

  record KeyOfAccount(String object, String value, String name, long createdAt, UUID id) {}
}
