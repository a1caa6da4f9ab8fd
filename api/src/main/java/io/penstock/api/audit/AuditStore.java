package io.penstock.api.audit;

import static io.penstock.api.platform.database.Bindings.bind;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the audit log. */
@Component
class AuditStore {
  private final DatabaseClient database;
  private final JsonMapper json;

  AuditStore(DatabaseClient database, JsonMapper json) {
    this.database = database;
    this.json = json;
  }

  /**
   * Which entries.
   *
   * @param tenantId null for those of all, and of the installation
   * @param types, projects, actors, objects: empty for all
   * @param from the first second, and {@code to} the last; null for no bound
   */
  record Query(
      UUID tenantId,
      List<String> types,
      List<String> projects,
      List<String> actors,
      List<String> objects,
      Instant from,
      Instant to) {}

  /** A row. */
  record Entry(
      long id,
      UUID tenantId,
      UUID projectId,
      String projectName,
      Instant at,
      String actorKind,
      UUID actorId,
      String actorName,
      String action,
      String objectId,
      JsonNode before,
      JsonNode after,
      String requestId,
      String address,
      String userAgent) {}

  /** Newest first, those before an id. */
  Flux<Entry> page(Query query, long beforeId, int limit) {
    var select =
        database
            .sql(
                """
                select a.*, p.name as project_name
                from audit_log a left join projects p on p.id = a.project_id
                where a.id < :beforeId
                  and (cast(:tenant as uuid) is null or a.tenant_id = :tenant)
                  and (cardinality(cast(:types as text[])) = 0 or a.action = any (:types))
                  and (cardinality(cast(:projects as text[])) = 0
                    or a.project_id::text = any (:projects))
                  and (cardinality(cast(:actors as text[])) = 0 or a.actor_id::text = any (:actors))
                  and (cardinality(cast(:objects as text[])) = 0 or a.object_id = any (:objects))
                  and (cast(:from as timestamptz) is null or a.at >= :from)
                  and (cast(:to as timestamptz) is null or a.at < :to)
                order by a.id desc limit :limit
                """)
            .bind("beforeId", beforeId)
            .bind("types", query.types.toArray(String[]::new))
            .bind("projects", query.projects.toArray(String[]::new))
            .bind("actors", query.actors.toArray(String[]::new))
            .bind("objects", query.objects.toArray(String[]::new))
            .bind("limit", limit);
    select = bind(select, "tenant", query.tenantId, UUID.class);
    select = bind(select, "from", query.from, Instant.class);
    return bind(select, "to", query.to, Instant.class).map(this::entry).all();
  }

  private Entry entry(Readable row) {
    return new Entry(
        row.get("id", Long.class),
        row.get("tenant_id", UUID.class),
        row.get("project_id", UUID.class),
        row.get("project_name", String.class),
        row.get("at", Instant.class),
        row.get("actor_kind", String.class),
        row.get("actor_id", UUID.class),
        row.get("actor_name", String.class),
        row.get("action", String.class),
        row.get("object_id", String.class),
        document(row.get("before", String.class)),
        document(row.get("after", String.class)),
        row.get("request_id", String.class),
        row.get("address", String.class),
        row.get("user_agent", String.class));
  }

  private JsonNode document(String text) {
    return text == null ? null : json.readTree(text);
  }
}
