package io.penstock.api.quota.price;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of prices, to which versions are only added. */
@Component
class PriceStore {
  /** A version must not begin before the one that it follows, nor in the past. */
  private static final String ADD =
      """
      insert into prices (model, version, valid_from, prompt, cached, completion, compute_second,
        max_compute_us_per_token)
      select :model, coalesce(max(version), 0) + 1, greatest(:validFrom, now()), :prompt, :cached,
        :completion, :computeSecond, :maxComputeUsPerToken
      from prices where model = :model
      having coalesce(max(valid_from) < greatest(:validFrom, now()), true)
      on conflict do nothing returning *
      """;

  private final DatabaseClient database;

  PriceStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * Adds a version.
   *
   * @param price its version is not looked at; a time that has passed means now
   * @return empty when another version begins at that time or later
   */
  Mono<Price> add(Price price) {
    return database
        .sql(ADD)
        .bind("model", price.model())
        .bind("validFrom", price.validFrom())
        .bind("prompt", price.prompt())
        .bind("cached", price.cached())
        .bind("completion", price.completion())
        .bind("computeSecond", price.computeSecond())
        .bind("maxComputeUsPerToken", price.maxComputeUsPerToken())
        .map(PriceStore::price)
        .one();
  }

  /**
   * By model and version, those after these.
   *
   * @param model only this one's; empty for all
   */
  Flux<Price> page(String model, String afterModel, int afterVersion, int limit) {
    return database
        .sql(
            """
            select * from prices
            where (:model = '' or model = :model) and (model, version) > (:afterModel, :afterVersion)
            order by model, version limit :limit
            """)
        .bind("model", model)
        .bind("afterModel", afterModel)
        .bind("afterVersion", afterVersion)
        .bind("limit", limit)
        .map(PriceStore::price)
        .all();
  }

  private static Price price(Readable row) {
    return new Price(
        row.get("model", String.class),
        row.get("version", Integer.class),
        row.get("valid_from", Instant.class),
        row.get("prompt", Long.class),
        row.get("cached", Long.class),
        row.get("completion", Long.class),
        row.get("compute_second", Long.class),
        row.get("max_compute_us_per_token", Long.class));
  }
}
