package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
import io.penstock.api.quota.window.Amounts;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** The rows of {@code holds}. */
final class HoldTable {
  /** Counters travel as text, {@code {1,2,3}}: unnest would flatten an array of arrays. */
  static final String INSERT =
      """
      insert into holds (request_id, replica_id, tenant_id, project_id, key_id, model, endpoint,
        streamed, choices, service_tier, time_zone, price_version, prompt_tokens, counters,
        tokens, output, money, received_at, admitted_at)
      select request_id, replica_id, tenant_id, project_id, key_id, model, endpoint,
        streamed, choices, service_tier, time_zone, price_version, prompt_tokens,
        counters::bigint[], tokens, output, money, %s, %s
      from unnest(?::text[], ?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::text[],
        ?::boolean[], ?::integer[], ?::text[], ?::text[], ?::integer[], ?::integer[], ?::text[],
        ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[]) as n
        (request_id, replica_id, tenant_id, project_id, key_id, model, endpoint,
         streamed, choices, service_tier, time_zone, price_version, prompt_tokens, counters,
         tokens, output, money, received, admitted)
      """
          .formatted(Columns.timestamp("received"), Columns.timestamp("admitted"));

  static final int INSERT_PARAMETERS = 19;

  /** Who deletes a hold resolves it. */
  static final String DELETE =
      """
      delete from holds h using unnest(?::text[], ?::uuid[]) as n (request_id, replica_id)
      where h.request_id = n.request_id and h.replica_id = n.replica_id
      returning h.request_id
      """;

  static final String CHECKPOINT =
      """
      update holds h set checkpoint_tokens = n.tokens
      from unnest(?::text[], ?::uuid[], ?::integer[]) as n (request_id, replica_id, tokens)
      where h.request_id = n.request_id and h.replica_id = n.replica_id
      """;

  static final int CHECKPOINT_PARAMETERS = 3;

  /** Some of those whose server is fenced or forgotten, with their price. */
  static final String ORPHANS =
      """
      select h.*, p.prompt, p.cached, p.completion, p.compute_second, p.max_compute_us_per_token,
        (extract(epoch from p.valid_from) * 1000000)::bigint as valid,
        (extract(epoch from h.received_at) * 1000000)::bigint as received,
        (extract(epoch from h.admitted_at) * 1000000)::bigint as admitted
      from holds h
      left join prices p on p.model = h.model and p.version = h.price_version
      where not exists (
        select from replicas r where r.id = h.replica_id and r.fenced_at is null)
      order by h.request_id limit ?
      """;

  private HoldTable() {}

  static void bindInsert(PreparedStatement statement, int first, List<HoldRecord> holds)
      throws SQLException {
    new Columns<>(statement, holds, first)
        .texts(HoldRecord::requestId)
        .uuids(HoldRecord::replicaId)
        .uuids(HoldRecord::tenantId)
        .uuids(HoldRecord::projectId)
        .uuids(HoldRecord::keyId)
        .texts(HoldRecord::model)
        .texts(HoldRecord::endpoint)
        .booleans(HoldRecord::streamed)
        .ints(HoldRecord::choices)
        .texts(HoldRecord::serviceTier)
        .texts(h -> h.zone().getId())
        .ints(HoldRecord::priceVersion)
        .ints(HoldRecord::promptTokens)
        .texts(h -> text(h.counters()))
        .longs(h -> h.amounts().tokens())
        .longs(h -> h.amounts().output())
        .longs(h -> h.amounts().money())
        .times(HoldRecord::receivedAt)
        .times(HoldRecord::admittedAt);
  }

  private static String text(long[] ids) {
    return Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(",", "{", "}"));
  }

  /** The current row of {@link #ORPHANS}. */
  static HoldRecord read(ResultSet row) throws SQLException {
    return new HoldRecord(
        row.getString("request_id"),
        row.getObject("replica_id", UUID.class),
        row.getObject("tenant_id", UUID.class),
        row.getObject("project_id", UUID.class),
        row.getObject("key_id", UUID.class),
        row.getString("model"),
        row.getString("endpoint"),
        row.getBoolean("streamed"),
        row.getInt("choices"),
        row.getString("service_tier"),
        ZoneId.of(row.getString("time_zone")),
        row.getInt("price_version"),
        row.getInt("prompt_tokens"),
        Arrays.stream((Long[]) row.getArray("counters").getArray())
            .mapToLong(Long::longValue)
            .toArray(),
        new Amounts(row.getLong("tokens"), row.getLong("output"), row.getLong("money")),
        Columns.instant(row.getLong("received")),
        Columns.instant(row.getLong("admitted")));
  }
}
