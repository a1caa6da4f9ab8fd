package io.penstock.api.prompts;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The table of prompts, and what organizations want kept in it. */
@Component
class PromptStore {
  /**
   * The lock makes it one or the other: an organization that turns storing off waits for this and
   * deletes what it wrote, or this waits and finds that nothing is to be kept. What was asked
   * before it was turned on is not kept either.
   */
  private static final String INSERT =
      """
      insert into stored_prompts (tenant_id, request_id, project_id, at, prompts, answers,
        prompt_bytes, answer_bytes)
      select t.id, :request, :project, :at, :prompts, :answers, :promptBytes, :answerBytes
      from tenants t where t.id = :tenant and t.prompts_stored_since <= :at for share
      on conflict (tenant_id, request_id) do nothing
      """;

  private static final String FIND =
      """
      select s.* from stored_prompts s join tenants t on t.id = s.tenant_id
      where s.tenant_id = :tenant and s.request_id = :request and t.prompts_stored_since is not null
        and s.at > now() - make_interval(days => t.prompt_retention_days)
      """;

  private static final String SETTING =
      """
      select t.id, t.name, t.prompts_stored_since as since, t.prompt_retention_days as days,
        (select count(*) from stored_prompts s where s.tenant_id = t.id) as stored
      from tenants t where t.id = :tenant
      """;

  /** Some at a time, so that nothing waits long for it. */
  private static final String EXPIRE =
      """
      delete from stored_prompts where (tenant_id, request_id) in (
        select s.tenant_id, s.request_id from tenants t
        join lateral (
          select tenant_id, request_id from stored_prompts o where o.tenant_id = t.id
            and (t.prompts_stored_since is null
              or o.at <= now() - make_interval(days => t.prompt_retention_days))
          order by o.at limit :most
        ) as s on true
        limit :most
      )
      """;

  private final DatabaseClient database;

  PromptStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * What an organization wants.
   *
   * @param since null when nothing is kept
   * @param stored requests whose texts are there
   */
  record Setting(UUID tenantId, String name, Instant since, int retentionDays, long stored) {}

  /** Whether it was wanted and so is kept. */
  Mono<Boolean> insert(StoredPrompt prompt) {
    return database
        .sql(INSERT)
        .bind("tenant", prompt.tenantId())
        .bind("request", prompt.requestId())
        .bind("project", prompt.projectId())
        .bind("at", prompt.at())
        .bind("prompts", prompt.prompts().toArray(String[]::new))
        .bind("answers", prompt.answers().toArray(String[]::new))
        .bind("promptBytes", prompt.promptBytes())
        .bind("answerBytes", prompt.answerBytes())
        .fetch()
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  /** Empty when nothing is kept of it. */
  Mono<StoredPrompt> find(UUID tenantId, String requestId) {
    return database
        .sql(FIND)
        .bind("tenant", tenantId)
        .bind("request", requestId)
        .map(
            row ->
                new StoredPrompt(
                    row.get("request_id", String.class),
                    row.get("tenant_id", UUID.class),
                    row.get("project_id", UUID.class),
                    row.get("at", Instant.class),
                    List.of(row.get("prompts", String[].class)),
                    List.of(row.get("answers", String[].class)),
                    row.get("prompt_bytes", Long.class),
                    row.get("answer_bytes", Long.class)))
        .one();
  }

  Mono<Setting> setting(UUID tenantId) {
    return setting(tenantId, SETTING);
  }

  /** Likewise, and nobody changes it or keeps anything until the transaction ends. */
  Mono<Setting> lock(UUID tenantId) {
    return setting(tenantId, SETTING + " for no key update of t");
  }

  private Mono<Setting> setting(UUID tenantId, String sql) {
    return database
        .sql(sql)
        .bind("tenant", tenantId)
        .map(
            row ->
                new Setting(
                    row.get("id", UUID.class),
                    row.get("name", String.class),
                    row.get("since", Instant.class),
                    row.get("days", Integer.class),
                    row.get("stored", Long.class)))
        .one();
  }

  /** From now on, or as long as already. */
  Mono<Void> turnOn(UUID tenantId, int retentionDays) {
    return database
        .sql(
            """
            update tenants set prompts_stored_since = coalesce(prompts_stored_since, now()),
              prompt_retention_days = :days
            where id = :tenant
            """)
        .bind("tenant", tenantId)
        .bind("days", retentionDays)
        .then();
  }

  /** Deletes what is there. */
  Mono<Long> turnOff(UUID tenantId, int retentionDays) {
    Function<String, DatabaseClient.GenericExecuteSpec> of =
        sql -> database.sql(sql).bind("tenant", tenantId);
    return of.apply(
            """
            update tenants set prompts_stored_since = null, prompt_retention_days = :days
            where id = :tenant
            """)
        .bind("days", retentionDays)
        .then()
        .then(
            Mono.defer(
                () ->
                    of.apply("delete from stored_prompts where tenant_id = :tenant")
                        .fetch()
                        .rowsUpdated()));
  }

  /** Deletes some of what is too old; returns how many, {@code most} when there may be more. */
  Mono<Long> expire(int most) {
    return database.sql(EXPIRE).bind("most", most).fetch().rowsUpdated();
  }
}
