package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
import io.penstock.api.quota.window.Amounts;
import java.sql.Connection;
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
  static final String INSERT = "select put_holds(?, ?, ?)";

  /** Who deletes a hold resolves it. */
  static final String DELETE =
      """
      delete from holds h using unnest(?::text[], ?::uuid[]) as n (request_id, replica_id)
      where h.request_id = n.request_id and h.replica_id = n.replica_id
      returning h.request_id
      """;

  static final int DELETE_PARAMETERS = 2;

  static final String CHECKPOINT =
      """
      update holds h set checkpoint_tokens = n.tokens
      from unnest(?::text[], ?::uuid[], ?::integer[]) as n (request_id, replica_id, tokens)
      where h.request_id = n.request_id and h.replica_id = n.replica_id
      """;

  /** Which of these there are. */
  static final String KNOWN = "select request_id from holds where request_id = any (?)";

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
    String[][] texts = new String[holds.size()][];
    UUID[][] ids = new UUID[holds.size()][];
    long[][] numbers = new long[holds.size()][];
    for (int i = 0; i < holds.size(); i++) {
      HoldRecord h = holds.get(i);
      texts[i] =
          new String[] {
            h.requestId(),
            h.model(),
            h.endpoint(),
            h.serviceTier(),
            h.zone().getId(),
            text(h.counters()) // rows of different lengths are no array
          };
      ids[i] = new UUID[] {h.replicaId(), h.tenantId(), h.projectId(), h.keyId()};
      numbers[i] =
          new long[] {
            h.streamed() ? 1 : 0,
            h.choices(),
            h.priceVersion(),
            h.promptTokens(),
            h.amounts().tokens(),
            h.amounts().output(),
            h.amounts().money(),
            Columns.micros(h.receivedAt()),
            Columns.micros(h.admittedAt())
          };
    }
    Connection connection = statement.getConnection();
    statement.setArray(first, connection.createArrayOf("text", texts));
    statement.setArray(first + 1, connection.createArrayOf("uuid", ids));
    statement.setArray(first + 2, connection.createArrayOf("int8", numbers));
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
