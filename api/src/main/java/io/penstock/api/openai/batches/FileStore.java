package io.penstock.api.openai.batches;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.error.ApiException;
import io.r2dbc.spi.Readable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import org.springframework.http.HttpStatus;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Files, each for its project only, until they expire. */
@Component
class FileStore {
  /** Bytes of all files of a project that its clients sent. */
  static final long MOST_BYTES = 1L << 30;

  private static final String COLUMNS = "id, bytes, created_at, expires_at, filename, purpose";
  private static final String OF_PROJECT =
      " from files where id = :id and project_id = :project and expires_at > now()";

  private static final String PAGE =
      """
      select %s from files
      where project_id = :project and expires_at > now() and (:purpose = '' or purpose = :purpose)
        and (:after = '' or (created_at, id) %s
          (select a.created_at, a.id from files a where a.id = :after and a.project_id = :project))
      order by created_at %s, id %s limit :limit
      """;

  private final DatabaseClient database;
  private final Duration retention;

  FileStore(DatabaseClient database, PenstockProperties properties) {
    this.database = database;
    this.retention = properties.retention();
  }

  private static FileObject file(Readable row) {
    return new FileObject(
        row.get("id", String.class),
        "file",
        row.get("bytes", Long.class),
        row.get("created_at", Instant.class).getEpochSecond(),
        row.get("expires_at", Instant.class).getEpochSecond(),
        row.get("filename", String.class),
        row.get("purpose", String.class),
        "processed");
  }

  /**
   * @param lifetime null for as long as files are kept
   */
  Mono<FileObject> insert(
      Caller.Tenant caller, String filename, byte[] content, Duration lifetime) {
    Duration kept = lifetime == null || lifetime.compareTo(retention) > 0 ? retention : lifetime;
    return database
        .sql(
            """
            insert into files
              (id, tenant_id, project_id, filename, purpose, bytes, expires_at, content)
            select :id, :tenant, :project, :filename, 'batch', :bytes, :expires, :content
            where (select coalesce(sum(bytes), 0) from files
              where project_id = :project and purpose = 'batch' and expires_at > now())
              + :bytes <= :most
            returning\s"""
                + COLUMNS)
        .bind("id", "file-" + RequestContext.randomHex(12))
        .bind("tenant", caller.tenantId())
        .bind("project", caller.projectId())
        .bind("filename", filename)
        .bind("bytes", (long) content.length)
        .bind("expires", Instant.now().plus(kept))
        .bind("content", ByteBuffer.wrap(content))
        .bind("most", MOST_BYTES)
        .map(FileStore::file)
        .one()
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.of(
                        HttpStatus.CONTENT_TOO_LARGE,
                        ApiException.INVALID_REQUEST,
                        "storage_limit_exceeded",
                        "file",
                        "The project's files may have %d bytes together. Delete some."
                            .formatted(MOST_BYTES))));
  }

  Mono<FileObject> find(Caller.Tenant caller, String id) {
    return ofProject("select " + COLUMNS, caller, id)
        .map(FileStore::file)
        .one()
        .switchIfEmpty(Mono.error(() -> notFound(id)));
  }

  private DatabaseClient.GenericExecuteSpec ofProject(
      String what, Caller.Tenant caller, String id) {
    return database.sql(what + OF_PROJECT).bind("id", id).bind("project", caller.projectId());
  }

  static ApiException notFound(String id) {
    return ApiException.notFound(
        null,
        "id",
        "No such File object: %s".formatted(id.length() > 100 ? id.substring(0, 100) : id));
  }

  /**
   * @param purpose empty for any
   * @param after id of the last of the page before, or empty
   */
  Flux<FileObject> page(
      Caller.Tenant caller, String purpose, String after, boolean ascending, int limit) {
    String order = ascending ? "asc" : "desc";
    return database
        .sql(PAGE.formatted(COLUMNS, ascending ? ">" : "<", order, order))
        .bind("project", caller.projectId())
        .bind("purpose", purpose)
        .bind("after", after)
        .bind("limit", limit)
        .map(FileStore::file)
        .all();
  }

  /** Where the content of a file is. */
  private record Place(byte[] content, String batchId, Boolean ofFailed) {}

  /** The content, in pieces; 404 when there is no such file. */
  Mono<Flux<byte[]>> content(Caller.Tenant caller, String id) {
    return ofProject("select content, batch_id, of_failed", caller, id)
        .map(
            row ->
                new Place(
                    bytes(row.get("content", ByteBuffer.class)),
                    row.get("batch_id", String.class),
                    row.get("of_failed", Boolean.class)))
        .one()
        .switchIfEmpty(Mono.error(() -> notFound(id)))
        .map(
            place ->
                place.content != null
                    ? Flux.just(place.content)
                    : results(place.batchId, place.ofFailed));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private Flux<byte[]> results(String batchId, boolean ofFailed) {
    return database
        .sql(
            """
            select result from batch_lines
            where batch_id = :batch and failed = :failed and result is not null order by line
            """)
        .filter(statement -> statement.fetchSize(100))
        .bind("batch", batchId)
        .bind("failed", ofFailed)
        .map(row -> row.get("result", String.class))
        .all()
        .map(line -> (line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** The content of a file that a client sent; 404 when there is none. */
  Mono<byte[]> input(Caller.Tenant caller, String id) {
    return ofProject("select content", caller, id)
        .map(row -> bytes(row.get("content", ByteBuffer.class)))
        .one()
        .switchIfEmpty(Mono.error(() -> notFound(id)));
  }

  /** 404 when there is none. */
  Mono<Void> delete(Caller.Tenant caller, String id) {
    return database
        .sql(
            """
            with gone as (delete from files
                where id = :id and project_id = :project and expires_at > now()
                returning batch_id, of_failed),
              results as (update batch_lines l set result = '' from gone g
                where l.batch_id = g.batch_id and l.failed = g.of_failed)
            select count(*) from gone
            """)
        .bind("id", id)
        .bind("project", caller.projectId())
        .map(row -> row.get(0, Long.class))
        .one()
        .flatMap(gone -> gone == 0 ? Mono.error(notFound(id)) : Mono.empty());
  }

  /** Deletes what has expired. */
  Mono<Void> forget() {
    return database.sql("delete from files where expires_at <= now()").then();
  }
}
