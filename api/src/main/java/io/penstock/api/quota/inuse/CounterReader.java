package io.penstock.api.quota.inuse;

import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.CalendarUse;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.SlidingMinute;
import io.r2dbc.spi.Readable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Reads counters as they were written last; whoever looks at them advances them to now. */
@Component
class CounterReader {
  private final DatabaseClient database;

  CounterReader(DatabaseClient database) {
    this.database = database;
  }

  /**
   * By model; that of all models together under the empty name.
   *
   * @param balance of the organization, which each of them is given
   */
  Mono<Map<String, Counter>> of(LimitScope scope, UUID id, long balance) {
    return database
        .sql("select * from counters where scope = :scope and scope_id = :id")
        .bind("scope", scope.text())
        .bind("id", id)
        .map(row -> Map.entry(row.get("model", String.class), counter(row)))
        .all()
        .collectMap(
            Map.Entry::getKey,
            entry -> {
              entry.getValue().balance(balance);
              return entry.getValue();
            });
  }

  /** Those of organizations, by organization and model. */
  Mono<Map<UUID, Map<String, Counter>>> ofOrganizations(List<UUID> ids) {
    return database
        .sql("select * from counters where scope = 'organization' and scope_id = any(:ids)")
        .bind("ids", ids.toArray(UUID[]::new))
        .map(
            row ->
                new Owned(
                    row.get("scope_id", UUID.class), row.get("model", String.class), counter(row)))
        .all()
        .collect(
            Collectors.groupingBy(Owned::owner, Collectors.toMap(Owned::model, Owned::counter)));
  }

  private record Owned(UUID owner, String model, Counter counter) {}

  private static Counter counter(Readable row) {
    return new Counter(
        row.get("id", Long.class),
        row.get("running", Integer.class),
        new Amounts(
            row.get("held_tokens", Long.class),
            row.get("held_output", Long.class),
            row.get("held_money", Long.class)),
        use(row, "day"),
        use(row, "month"),
        minute(row, "minute_requests"),
        minute(row, "minute_tokens"),
        minute(row, "minute_output"));
  }

  private static CalendarUse use(Readable row, String window) {
    return new CalendarUse(
        row.get(window, Long.class),
        row.get(window + "_requests", Long.class),
        row.get(window + "_tokens", Long.class),
        row.get(window + "_money", Long.class));
  }

  private static SlidingMinute minute(Readable row, String column) {
    ByteBuffer buffer = row.get(column, ByteBuffer.class);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return SlidingMinute.of(bytes);
  }
}
