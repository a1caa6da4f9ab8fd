package io.penstock.api.openai.batches;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.database.Bindings;
import io.penstock.api.platform.error.ApiException;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Batches, each for its project only. */
@Component
class BatchStore {
  /** Of a project, at the same time. */
  private static final int MOST_RUNNING = 50;

  private static final int LINES_AT_ONCE = 1000;

  static final String SELECT =
      """
      select b.*, c.completed, c.failed, o.id as output_file_id, e.id as error_file_id
      from batches b
      cross join lateral (
        select count(*) filter (where not l.failed) as completed,
               count(*) filter (where l.failed) as failed
        from batch_lines l where l.batch_id = b.id and l.result is not null) c
      left join files o on o.batch_id = b.id and not o.of_failed
      left join files e on e.batch_id = b.id and e.of_failed
      """;

  private static final TypeReference<Map<String, String>> METADATA = new TypeReference<>() {};
  private static final TypeReference<List<BatchObject.Problem>> PROBLEMS = new TypeReference<>() {};

  private final DatabaseClient database;
  private final TransactionalOperator transaction;
  private final JsonMapper json;

  BatchStore(DatabaseClient database, TransactionalOperator transaction, JsonMapper json) {
    this.database = database;
    this.transaction = transaction;
    this.json = json;
  }

  StoredBatch batch(Readable row) {
    String errors = row.get("errors", String.class);
    return new StoredBatch(
        row.get("id", String.class),
        row.get("tenant_id", UUID.class),
        row.get("project_id", UUID.class),
        row.get("key_id", UUID.class),
        row.get("endpoint", String.class),
        row.get("input_file_id", String.class),
        row.get("completion_window", String.class),
        json.readValue(row.get("metadata", String.class), METADATA),
        errors == null ? null : json.readValue(errors, PROBLEMS),
        row.get("status", String.class),
        row.get("total", Integer.class),
        row.get("completed", Long.class).intValue(),
        row.get("failed", Long.class).intValue(),
        row.get("created_at", Instant.class),
        row.get("expires_at", Instant.class),
        row.get("cancelling_at", Instant.class),
        row.get("ended_at", Instant.class),
        row.get("output_file_id", String.class),
        row.get("error_file_id", String.class));
  }

  /**
   * A batch to be.
   *
   * @param window as the client said it
   * @param expiresAt when the window ends
   */
  record NewBatch(
      String endpoint,
      String inputFileId,
      String window,
      Instant expiresAt,
      Map<String, String> metadata) {}

  /** One whose input is wrong has failed from the start. */
  Mono<StoredBatch> insert(Caller.Tenant caller, NewBatch batch, BatchInput input) {
    String id = "batch_" + RequestContext.randomHex(12);
    boolean wrong = !input.problems().isEmpty();
    return transaction
        .transactional(
            row(caller, id, batch, input, wrong)
                .thenMany(
                    wrong
                        ? Flux.empty()
                        : Flux.fromIterable(input.lines())
                            .buffer(LINES_AT_ONCE)
                            .concatMap(lines -> lines(id, lines)))
                .then())
        .then(Mono.defer(() -> find(caller, id)));
  }

  private Mono<Void> row(
      Caller.Tenant caller, String id, NewBatch batch, BatchInput input, boolean wrong) {
    return Bindings.bind(
            database
                .sql(
                    """
                    insert into batches (id, tenant_id, project_id, key_id, endpoint, input_file_id,
                      completion_window, metadata, errors, status, total, expires_at, ended_at)
                    select :id, :tenant, :project, :key, :endpoint, :input, :window, :metadata,
                      :errors, :status, :total, :expires, case when :wrong then now() end
                    where (select count(*) from batches
                      where project_id = :project and ended_at is null) < :most
                    """)
                .bind("id", id)
                .bind("tenant", caller.tenantId())
                .bind("project", caller.projectId())
                .bind("key", caller.keyId())
                .bind("endpoint", batch.endpoint)
                .bind("input", batch.inputFileId)
                .bind("window", batch.window)
                .bind("metadata", json.writeValueAsString(batch.metadata))
                .bind("status", wrong ? "failed" : "in_progress")
                .bind("total", wrong ? 0 : input.lines().size())
                .bind("expires", batch.expiresAt)
                .bind("wrong", wrong)
                .bind("most", MOST_RUNNING),
            "errors",
            wrong ? json.writeValueAsString(input.problems()) : null,
            String.class)
        .fetch()
        .rowsUpdated()
        .flatMap(
            rows ->
                rows == 1
                    ? Mono.empty()
                    : Mono.error(
                        ApiException.of(
                            HttpStatus.TOO_MANY_REQUESTS,
                            "requests",
                            "batch_limit_exceeded",
                            null,
                            "The project has %d batches that run or wait; as many as it may have."
                                .formatted(MOST_RUNNING))));
  }

  private Mono<Void> lines(String id, List<BatchInput.Line> lines) {
    return database
        .sql(
            """
            insert into batch_lines (batch_id, line, custom_id, request)
            select :id, * from unnest(
              cast(:lines as integer[]), cast(:ids as text[]), cast(:requests as text[]))
            """)
        .bind("id", id)
        .bind("lines", lines.stream().map(BatchInput.Line::number).toArray(Integer[]::new))
        .bind("ids", lines.stream().map(BatchInput.Line::customId).toArray(String[]::new))
        .bind("requests", lines.stream().map(BatchInput.Line::body).toArray(String[]::new))
        .then();
  }

  /** 404 when there is none. */
  Mono<StoredBatch> find(Caller.Tenant caller, String id) {
    return database
        .sql(SELECT + " where b.id = :id and b.project_id = :project")
        .bind("id", id)
        .bind("project", caller.projectId())
        .map(this::batch)
        .one()
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.notFound(
                        null,
                        "batch_id",
                        "No batch found with id '%s'."
                            .formatted(id.length() > 100 ? id.substring(0, 100) : id))));
  }

  /** Latest first. */
  Flux<StoredBatch> page(Caller.Tenant caller, String after, int limit) {
    return database
        .sql(
            SELECT
                + """
                 where b.project_id = :project and (:after = '' or (b.created_at, b.id) <
                   (select a.created_at, a.id from batches a
                    where a.id = :after and a.project_id = :project))
                order by b.created_at desc, b.id desc limit :limit
                """)
        .bind("project", caller.projectId())
        .bind("after", after)
        .bind("limit", limit)
        .map(this::batch)
        .all();
  }

  /** What runs may end, nothing else is begun. One that is over stays as it is. */
  Mono<StoredBatch> cancel(Caller.Tenant caller, String id) {
    return database
        .sql(
            """
            update batches set status = 'cancelling', cancelling_at = now(), not_before = '-infinity'
            where id = :id and project_id = :project and status = 'in_progress'
            """)
        .bind("id", id)
        .bind("project", caller.projectId())
        .then()
        .then(Mono.defer(() -> find(caller, id)));
  }
}
