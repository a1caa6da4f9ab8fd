package io.penstock.api.usage;

import io.penstock.api.gateway.settlement.Settlement;
import io.penstock.api.gateway.settlement.SettlementBatch;
import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.platform.database.Columns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Adds settlements to the sums by hour and by day, in one statement for the batch. A batch is
 * mostly of few keys and models, so it is added up here first. What comes late, of a request that
 * was booked at a checkpoint, counts when it comes and is no request of its own.
 */
@Component
@Order(10)
final class RollupWriter implements SettlementPort {
  private static final String ADD =
      """
      with s as (
        select * from unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::integer[],
          ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[]) as n
          (tenant_id, project_id, api_key_id, model, service_tier, operation, price_version,
           requests, prompt, cached, completion, compute, amount)
      ), hourly as (
        insert into usage_hourly as u (tenant_id, hour, project_id, api_key_id, model, service_tier,
          requests, prompt_tokens, cached_tokens, completion_tokens, compute_us, amount_micros, operation)
        select tenant_id, date_trunc('hour', %1$s, 'UTC'), project_id, api_key_id, model,
          service_tier, sum(requests), sum(prompt), sum(cached), sum(completion), sum(compute),
          sum(amount), operation
        from s
        group by tenant_id, project_id, api_key_id, model, service_tier, operation
        order by tenant_id, project_id, api_key_id, model, service_tier, operation
        on conflict (tenant_id, hour, project_id, api_key_id, model, service_tier, operation)
          do update set
          %2$s
      )
      insert into usage_daily as u
      select s.tenant_id, ((%1$s) at time zone t.time_zone)::date, s.project_id, s.model,
        s.price_version, sum(requests), sum(prompt), sum(cached), sum(completion), sum(compute),
        sum(amount)
      from s join tenants t on t.id = s.tenant_id
      group by s.tenant_id, t.time_zone, s.project_id, s.model, s.price_version
      order by s.tenant_id, s.project_id, s.model, s.price_version
      on conflict (tenant_id, day, project_id, model, price_version) do update set
        %2$s
      """
          .formatted(
              Columns.timestamp("?::bigint"),
              """
              requests = u.requests + excluded.requests,
              prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
              cached_tokens = u.cached_tokens + excluded.cached_tokens,
              completion_tokens = u.completion_tokens + excluded.completion_tokens,
              compute_us = u.compute_us + excluded.compute_us,
              amount_micros = u.amount_micros + excluded.amount_micros
              """);

  private static final int FIRST_TIME = 14;

  /** What is added up together. */
  private record Kind(
      UUID tenantId,
      UUID projectId,
      UUID keyId,
      String model,
      String serviceTier,
      UsageKind operation,
      int priceVersion) {
    static Kind of(Settlement s) {
      return new Kind(
          s.tenantId(),
          s.projectId(),
          s.keyId(),
          s.model(),
          s.serviceTier(),
          UsageKind.of(s.endpoint()),
          s.priceVersion());
    }
  }

  /** The sums of a kind. */
  private static final class Sum {
    private final Kind kind;
    private long requests;
    private long prompt;
    private long cached;
    private long completion;
    private long compute;
    private long amount;

    Sum(Kind kind) {
      this.kind = kind;
    }

    void add(Settlement s) {
      requests += s.correction() ? 0 : 1;
      prompt += s.promptTokens();
      cached += s.cachedTokens();
      completion += s.completionTokens();
      compute += s.computeUs();
      amount += s.costMicros();
    }
  }

  @Override
  public boolean concerns(SettlementBatch batch) {
    return !batch.settlements().isEmpty();
  }

  @Override
  public void settle(Connection transaction, SettlementBatch batch) throws SQLException {
    Map<Kind, Sum> sums = new LinkedHashMap<>();
    for (Settlement settlement : batch.settlements()) {
      sums.computeIfAbsent(Kind.of(settlement), Sum::new).add(settlement);
    }
    try (PreparedStatement statement = transaction.prepareStatement(ADD)) {
      new Columns<>(statement, List.copyOf(sums.values()), 1)
          .uuids(s -> s.kind.tenantId)
          .uuids(s -> s.kind.projectId)
          .uuids(s -> s.kind.keyId)
          .texts(s -> s.kind.model)
          .texts(s -> s.kind.serviceTier)
          .texts(s -> s.kind.operation.text())
          .ints(s -> s.kind.priceVersion)
          .longs(s -> s.requests)
          .longs(s -> s.prompt)
          .longs(s -> s.cached)
          .longs(s -> s.completion)
          .longs(s -> s.compute)
          .longs(s -> s.amount);
      long at = Columns.micros(batch.at());
      statement.setLong(FIRST_TIME, at);
      statement.setLong(FIRST_TIME + 1, at);
      statement.executeUpdate();
    }
  }
}
