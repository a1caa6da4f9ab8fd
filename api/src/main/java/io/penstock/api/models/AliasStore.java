package io.penstock.api.models;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of aliases; it is small, and read whole. */
@Component
class AliasStore {
  /** Others are not added. */
  static final int MOST = 1000;

  private static final String SET =
      """
      insert into model_aliases (alias, model)
      select :alias, :model
      where exists (select from model_aliases where alias = :alias)
        or (select count(*) from model_aliases) < :most
      on conflict (alias) do update set model = excluded.model, updated_at = now()
      """;

  private final DatabaseClient database;

  AliasStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * @param model the model's own name
   */
  record Alias(String alias, String model) {}

  Flux<Alias> all() {
    return database
        .sql("select alias, model from model_aliases order by alias")
        .map(row -> new Alias(row.get("alias", String.class), row.get("model", String.class)))
        .all();
  }

  /** False when there are too many. */
  Mono<Boolean> set(Alias alias) {
    return database
        .sql(SET)
        .bind("alias", alias.alias())
        .bind("model", alias.model())
        .bind("most", MOST)
        .fetch()
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  /** What was removed; empty when there was none. */
  Mono<Alias> remove(String alias) {
    return database
        .sql("delete from model_aliases where alias = :alias returning alias, model")
        .bind("alias", alias)
        .map(row -> new Alias(row.get("alias", String.class), row.get("model", String.class)))
        .one();
  }
}
