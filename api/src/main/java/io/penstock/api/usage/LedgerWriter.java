package io.penstock.api.usage;

import io.penstock.api.gateway.settlement.Settlement;
import io.penstock.api.gateway.settlement.SettlementBatch;
import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.platform.database.Columns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Books settlements: a usage row and a ledger entry for each, and the balances that follow, in one
 * statement for the batch. A request's entry is there also when it cost nothing: the ledger is the
 * record of tokens, too.
 */
@Component
@Order(0)
final class LedgerWriter implements SettlementPort {
  /** All settlements of a batch as rows. */
  private static final String ROWS =
      """
      with s as (
        select * from unnest(?::text[], ?::boolean[], ?::boolean[], ?::uuid[], ?::uuid[], ?::uuid[],
          ?::text[], ?::text[], ?::boolean[], ?::integer[], ?::text[], ?::text[], ?::text[],
          ?::integer[], ?::integer[], ?::integer[], ?::bigint[], ?::bigint[], ?::bigint[],
          ?::bigint[], ?::bigint[], ?::integer[], ?::bigint[], ?::bigint[], ?::bigint[]) as n
          (request_id, at_checkpoint, correction, tenant_id, project_id, api_key_id,
           model, endpoint, streamed, choices, service_tier, finish_reason, error_code,
           prompt_tokens, cached_tokens, completion_tokens, queued_us, first_token_us, total_us,
           compute_us, kv_kib_seconds, price_version, cost, received, settled)
      )
      """;

  private static final String USAGE =
      """
      insert into usage_records (request_id, at_checkpoint, tenant_id, project_id, api_key_id,
        model, endpoint, streamed, choices, service_tier, finish_reason, error_code,
        prompt_tokens, cached_tokens, completion_tokens, queued_us, first_token_us, total_us,
        compute_us, kv_kib_seconds, price_version, cost_micros, created_at, settled_at)
      select request_id, at_checkpoint, tenant_id, project_id, api_key_id,
        model, endpoint, streamed, choices, service_tier, finish_reason, error_code,
        prompt_tokens, cached_tokens, completion_tokens, queued_us, first_token_us, total_us,
        compute_us, kv_kib_seconds, price_version, cost, %s, %s
      from s where not correction
      """
          .formatted(Columns.timestamp("received"), Columns.timestamp("settled"));

  private static final String CORRECTED_USAGE =
      """
      update usage_records u set
        at_checkpoint = false,
        finish_reason = s.finish_reason,
        error_code = s.error_code,
        prompt_tokens = u.prompt_tokens + s.prompt_tokens,
        cached_tokens = u.cached_tokens + s.cached_tokens,
        completion_tokens = u.completion_tokens + s.completion_tokens,
        queued_us = s.queued_us,
        first_token_us = s.first_token_us,
        total_us = s.total_us,
        compute_us = u.compute_us + s.compute_us,
        kv_kib_seconds = s.kv_kib_seconds,
        cost_micros = u.cost_micros + s.cost
      from s where s.correction and u.request_id = s.request_id
      """;

  /**
   * A correction may lower a cost, since cached tokens are cheaper: then the sides change places.
   */
  private static final String ENTRIES =
      """
      insert into ledger_entries (created_at, kind, request_id, tenant_id, project_id, key_id,
        debit, credit, amount, model, price_version, prompt_tokens, cached_tokens,
        completion_tokens, compute_us)
      select %s, case when s.correction then 'late' else 'usage' end, s.request_id,
        s.tenant_id, s.project_id, s.api_key_id,
        case when s.cost >= 0 then b.id else u.id end,
        case when s.cost >= 0 then u.id else b.id end,
        abs(s.cost), s.model, s.price_version, s.prompt_tokens, s.cached_tokens,
        s.completion_tokens, s.compute_us
      from s
      join accounts b on b.tenant_id = s.tenant_id and b.kind = 'balance'
      join accounts u on u.tenant_id = s.tenant_id and u.kind = 'usage'
      """
          .formatted(Columns.timestamp("s.settled"));

  /** In the order of their ids, so that no two wait for each other. */
  private static final String BALANCES =
      """
      update accounts a set balance = a.balance + o.change
      from (
        select x.id, case x.kind when 'balance' then -d.cost else d.cost end as change
        from accounts x
        join (select tenant_id, sum(cost)::bigint as cost from s group by tenant_id) as d
          on d.tenant_id = x.tenant_id
        where x.kind in ('balance', 'usage') and d.cost <> 0
        order by x.id for no key update of x
      ) as o
      where a.id = o.id
      """;

  /**
   * One statement with the parts that the batch needs: setting up the others would take as long as
   * booking some requests.
   */
  private static String sql(SettlementBatch batch) {
    boolean corrections = false;
    boolean costs = false;
    for (Settlement settlement : batch.settlements()) {
      corrections |= settlement.correction();
      costs |= settlement.costMicros() != 0;
    }
    return ROWS
        + ", fresh as ("
        + USAGE
        + ")"
        + (corrections ? ", more as (" + CORRECTED_USAGE + ")" : "")
        + (costs ? ", entries as (" + ENTRIES + ")" + BALANCES : ENTRIES);
  }

  @Override
  public boolean concerns(SettlementBatch batch) {
    return !batch.settlements().isEmpty();
  }

  @Override
  public void settle(Connection transaction, SettlementBatch batch) throws SQLException {
    try (PreparedStatement statement = transaction.prepareStatement(sql(batch))) {
      new Columns<>(statement, batch.settlements(), 1)
          .texts(Settlement::requestId)
          .booleans(Settlement::atCheckpoint)
          .booleans(Settlement::correction)
          .uuids(Settlement::tenantId)
          .uuids(Settlement::projectId)
          .uuids(Settlement::keyId)
          .texts(Settlement::model)
          .texts(Settlement::endpoint)
          .booleans(Settlement::streamed)
          .ints(Settlement::choices)
          .texts(Settlement::serviceTier)
          .texts(Settlement::finishReason)
          .texts(Settlement::errorCode)
          .ints(Settlement::promptTokens)
          .ints(Settlement::cachedTokens)
          .ints(Settlement::completionTokens)
          .longs(Settlement::queuedUs)
          .nullableLongs(Settlement::firstTokenUs)
          .longs(Settlement::totalUs)
          .longs(Settlement::computeUs)
          .longs(Settlement::kvKibSeconds)
          .ints(Settlement::priceVersion)
          .longs(Settlement::costMicros)
          .times(Settlement::receivedAt)
          .times(_ -> batch.at());
      statement.executeUpdate();
    }
  }
}
