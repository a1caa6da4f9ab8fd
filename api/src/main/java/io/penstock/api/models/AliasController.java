package io.penstock.api.models;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Other names under which requests may ask for models. Limits, prices and the ledger know models by
 * their own names only, so an alias can be moved to another model without touching those.
 */
@RestController
@RequestMapping("/admin/models/aliases")
@Access(Right.OPERATOR)
class AliasController {
  private final AliasStore store;
  private final AliasKeeper keeper;
  private final ModelRegistry registry;
  private final AuditLog audit;

  AliasController(AliasStore store, AliasKeeper keeper, ModelRegistry registry, AuditLog audit) {
    this.store = store;
    this.keeper = keeper;
    this.registry = registry;
    this.audit = audit;
  }

  @GetMapping
  @Operation(summary = "Aliases of models")
  Mono<Aliases> list() {
    return store
        .all()
        .collectList()
        .map(
            rows -> {
              Map<String, ModelStatus> models =
                  registry.all().stream().collect(Collectors.toMap(ModelStatus::id, m -> m));
              return new Aliases(rows.stream().map(row -> View.of(row, models)).toList());
            });
  }

  /** One of the same name is moved; requests that run stay where they are. */
  @PutMapping
  @Operation(summary = "Sets an alias of a model")
  Mono<AliasStore.Alias> set(@RequestBody NewAlias body) {
    ModelSpec.checkName("alias", body.alias());
    ModelSpec.checkName("model", body.model());
    AliasStore.Alias alias = new AliasStore.Alias(body.alias(), body.model());
    return store
        .all()
        .collectMap(AliasStore.Alias::alias, AliasStore.Alias::model)
        .doOnNext(known -> check(alias, known))
        .flatMap(
            known ->
                audit.record(
                    store
                        .set(alias)
                        .flatMap(
                            set -> set ? Mono.just(alias) : Mono.<AliasStore.Alias>error(tooMany()))
                        .map(done -> entry("model_alias.set", known.get(body.alias()), done))))
        .flatMap(done -> keeper.refresh().thenReturn(done));
  }

  private void check(AliasStore.Alias alias, Map<String, String> known) {
    if (registry.all().stream().anyMatch(m -> m.id().equals(alias.alias()))) {
      throw ApiException.of(
          HttpStatus.CONFLICT,
          ApiException.INVALID_REQUEST,
          "already_exists",
          "alias",
          "There is a model '%s'; an alias needs another name.".formatted(alias.alias()));
    }
    if (alias.alias().equals(alias.model()) || known.containsKey(alias.model())) {
      throw ApiException.invalid(
          "model", "model must be a model's own name; '%s' is an alias.".formatted(alias.model()));
    }
    if (known.containsValue(alias.alias())) {
      throw ApiException.invalid(
          "alias",
          "Another alias stands for '%s', so it must stay a model's own name."
              .formatted(alias.alias()));
    }
  }

  /** Requests that ask for it get 404 from now on. */
  @DeleteMapping
  @Operation(summary = "Removes an alias")
  Mono<AliasStore.Alias> remove(@RequestParam String alias) {
    return audit
        .record(
            store
                .remove(alias)
                .switchIfEmpty(
                    Mono.error(
                        () ->
                            ApiException.notFound(
                                "alias_not_found",
                                "alias",
                                "There is no alias '%s'.".formatted(alias))))
                .map(
                    gone ->
                        new AuditEntry(null, null, "model_alias.removed", gone.alias(), gone, null)
                            .with(gone)))
        .flatMap(gone -> keeper.refresh().thenReturn(gone));
  }

  private static AuditEntry.Done<AliasStore.Alias> entry(
      String action, String before, AliasStore.Alias after) {
    return new AuditEntry(
            null,
            null,
            action,
            after.alias(),
            before == null ? null : new AliasStore.Alias(after.alias(), before),
            after)
        .with(after);
  }

  private static ApiException tooMany() {
    return ApiException.invalid(
        "alias", "There may be at most %d aliases; remove one.".formatted(AliasStore.MOST));
  }

  /**
   * @param alias what requests ask for
   * @param model the own name of the model that answers; it need not be loaded
   */
  record NewAlias(String alias, String model) {}

  record Aliases(List<View> data) {}

  /**
   * @param state of the model on this server: ready, loading, failed or absent
   * @param hidden whether a model of the alias's name answers instead
   */
  record View(String alias, String model, String state, boolean hidden) {
    static View of(AliasStore.Alias row, Map<String, ModelStatus> models) {
      ModelStatus model = models.get(row.model());
      return new View(
          row.alias(),
          row.model(),
          model == null ? "absent" : model.state().name().toLowerCase(Locale.ROOT),
          models.containsKey(row.alias()));
    }
  }
}
