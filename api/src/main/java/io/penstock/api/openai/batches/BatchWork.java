package io.penstock.api.openai.batches;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.RequestContext;
import java.time.Duration;
import java.time.Instant;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What of batches is to be run, and by whom: leases, lines, ends. */
@Component
class BatchWork {
  private static final String TAKE =
      """
      update batches set leased_until = now() + :lease * interval '1 second', served_at = now()
      where id in (
        select id from batches
        where ended_at is null and leased_until < now() and not_before <= now()
        order by served_at limit :most for update skip locked)
      returning id
      """;

  /** Lines that were not run; the text is put together here so that one statement does for all. */
  private static final String GIVE_UP =
      """
      update batch_lines set failed = true, result = json_build_object(
        'id', 'batch_req_' || md5(batch_id || '-' || line), 'custom_id', custom_id, 'response', null,
        'error', json_build_object('code', cast(:code as text), 'message', cast(:message as text)))::text
      where batch_id = :id and result is null
      """;

  private final DatabaseClient database;
  private final TransactionalOperator transaction;
  private final BatchStore store;
  private final Duration retention;

  BatchWork(
      DatabaseClient database,
      TransactionalOperator transaction,
      BatchStore store,
      PenstockProperties properties) {
    this.database = database;
    this.transaction = transaction;
    this.store = store;
    this.retention = properties.retention();
  }

  /** A request of a batch. */
  record Line(String batchId, int number, String customId, String request) {}

  /** Batches whose turn it is, which nobody else takes while the lease lasts. */
  Flux<StoredBatch> take(int most, Duration lease) {
    return database
        .sql(TAKE)
        .bind("lease", lease.toSeconds())
        .bind("most", most)
        .map(row -> row.get("id", String.class))
        .all()
        .collectList()
        .flatMapMany(Flux::fromIterable)
        .concatMap(
            id ->
                database
                    .sql(BatchStore.SELECT + " where b.id = :id")
                    .bind("id", id)
                    .map(store::batch)
                    .one());
  }

  Mono<Void> renew(String id, Duration lease) {
    return database
        .sql(
            "update batches set leased_until = now() + :lease * interval '1 second' where id = :id")
        .bind("lease", lease.toSeconds())
        .bind("id", id)
        .then();
  }

  /**
   * The turn is over.
   *
   * @param wait until the next one at least
   */
  Mono<Void> release(String id, Duration wait) {
    return database
        .sql(
            """
            update batches set leased_until = '-infinity', served_at = now(),
              not_before = case when status = 'cancelling' then '-infinity' else now() + :wait * interval '1 millisecond' end
            where id = :id
            """)
        .bind("wait", wait.toMillis())
        .bind("id", id)
        .then();
  }

  /** The next lines that have not been run. */
  Flux<Line> next(String id, int most) {
    return database
        .sql(
            """
            select line, custom_id, request from batch_lines
            where batch_id = :id and result is null and request is not null
            order by line limit :most
            """)
        .bind("id", id)
        .bind("most", most)
        .map(
            row ->
                new Line(
                    id,
                    row.get("line", Integer.class),
                    row.get("custom_id", String.class),
                    row.get("request", String.class)))
        .all();
  }

  Mono<Boolean> isCancelling(String id) {
    return database
        .sql("select status = 'cancelling' from batches where id = :id")
        .bind("id", id)
        .map(row -> row.get(0, Boolean.class))
        .one()
        .defaultIfEmpty(true);
  }

  /** A line has been run; of two servers that ran it the first counts. */
  Mono<Void> done(Line line, String result, boolean failed) {
    return database
        .sql(
            """
            update batch_lines set result = :result, failed = :failed
            where batch_id = :id and line = :line and result is null
            """)
        .bind("result", result)
        .bind("failed", failed)
        .bind("id", line.batchId)
        .bind("line", line.number)
        .then();
  }

  /**
   * The batch is over; its files are there from now on.
   *
   * @param status completed, cancelled or expired
   * @param code what lines that were not run say
   */
  Mono<Void> end(StoredBatch batch, String status, String code, String message) {
    Mono<Void> givenUp =
        database
            .sql(GIVE_UP)
            .bind("id", batch.id())
            .bind("code", code)
            .bind("message", message)
            .then();
    Mono<Void> ended =
        database
            .sql(
                """
                update batches set status = :status, ended_at = now(), leased_until = '-infinity'
                where id = :id and ended_at is null
                """)
            .bind("status", status)
            .bind("id", batch.id())
            .then();
    return transaction
        .transactional(givenUp.then(file(batch, false)).then(file(batch, true)).then(ended))
        .then();
  }

  private Mono<Void> file(StoredBatch batch, boolean failed) {
    return database
        .sql(
            """
            insert into files
              (id, tenant_id, project_id, filename, purpose, bytes, expires_at, batch_id, of_failed)
            select :id, :tenant, :project, :filename, 'batch_output',
              sum(octet_length(result) + 1), :expires, :batch, :failed
            from batch_lines where batch_id = :batch and failed = :failed
            having count(*) > 0
            on conflict do nothing
            """)
        .bind("id", "file-" + RequestContext.randomHex(12))
        .bind("tenant", batch.tenantId())
        .bind("project", batch.projectId())
        .bind("filename", batch.id() + (failed ? "_error.jsonl" : "_output.jsonl"))
        .bind("expires", Instant.now().plus(retention))
        .bind("batch", batch.id())
        .bind("failed", failed)
        .then();
  }

  /** Deletes batches that have been over for as long as they are kept; their lines go with them. */
  Mono<Void> forget() {
    return database
        .sql("delete from batches where ended_at < now() - :retention * interval '1 second'")
        .bind("retention", retention.toSeconds())
        .then();
  }
}
