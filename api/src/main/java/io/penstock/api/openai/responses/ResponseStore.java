package io.penstock.api.openai.responses;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.database.Bindings;
import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Responses that are kept, each for its project only, until they expire. */
@Component
class ResponseStore {
  /** Turns of a conversation that may be gone on from; the context is full long before. */
  private static final int MOST_TURNS = 500;

  private static final String CHAIN =
      """
      with recursive chain as (
        select id, previous_id, input, response, 1 as turn from responses
        where id = :id and project_id = :project and expires_at > now()
        union all
        select r.id, r.previous_id, r.input, r.response, c.turn + 1
        from responses r join chain c on r.id = c.previous_id
        where r.project_id = :project and r.expires_at > now() and c.turn < :most)
      select input, response, previous_id from chain order by turn desc
      """;

  private final DatabaseClient database;
  private final JsonMapper json;
  private final Duration retention;

  ResponseStore(DatabaseClient database, JsonMapper json, PenstockProperties properties) {
    this.database = database;
    this.json = json;
    this.retention = properties.retention();
  }

  /**
   * @param input items
   * @param response as the client got it
   */
  record Kept(JsonNode input, JsonNode response) {}

  Mono<Void> insert(Caller.Tenant caller, String previousId, JsonNode input, JsonNode response) {
    return Bindings.bind(
            database.sql(
                """
                insert into responses
                  (id, tenant_id, project_id, previous_id, expires_at, input, response)
                values (:id, :tenant, :project, :previous, :expires, :input, :response)
                """),
            "previous",
            previousId,
            String.class)
        .bind("id", response.path("id").asString())
        .bind("tenant", caller.tenantId())
        .bind("project", caller.projectId())
        .bind("expires", Instant.now().plus(retention))
        .bind("input", json.writeValueAsString(input))
        .bind("response", json.writeValueAsString(response))
        .then();
  }

  /** 404 when there is none. */
  Mono<Kept> find(Caller.Tenant caller, String id) {
    return database
        .sql(
            """
            select input, response from responses
            where id = :id and project_id = :project and expires_at > now()
            """)
        .bind("id", id)
        .bind("project", caller.projectId())
        .map(row -> kept(row.get("input", String.class), row.get("response", String.class)))
        .one()
        .switchIfEmpty(Mono.error(() -> notFound(id)));
  }

  private Kept kept(String input, String response) {
    return new Kept(json.readTree(input), json.readTree(response));
  }

  private static ApiException notFound(String id) {
    return ApiException.notFound(
        null, null, "Response with id '%s' not found.".formatted(shortened(id)));
  }

  private static String shortened(String id) {
    return id.length() <= 100 ? id : id.substring(0, 100) + "...";
  }

  /** A row of a chain. */
  private record Turn(String input, String response, String previousId) {}

  /**
   * Items of input and output of a response and of all that it goes on from, oldest first.
   *
   * @param id null for none
   */
  Mono<List<JsonNode>> before(Caller.Tenant caller, String id) {
    if (id == null) {
      return Mono.just(List.of());
    }
    return database
        .sql(CHAIN)
        .bind("id", id)
        .bind("project", caller.projectId())
        .bind("most", MOST_TURNS)
        .map(
            row ->
                new Turn(
                    row.get("input", String.class),
                    row.get("response", String.class),
                    row.get("previous_id", String.class)))
        .all()
        .collectList()
        .map(turns -> items(turns, id));
  }

  private List<JsonNode> items(List<Turn> turns, String id) {
    if (turns.isEmpty() || turns.getFirst().previousId != null) {
      throw ApiException.invalid(
          "previous_response_id",
          "previous_response_not_found",
          turns.isEmpty()
              ? "Previous response with id '%s' not found.".formatted(shortened(id))
              : "A response that '%s' goes on from is not there any more, or there are too many."
                  .formatted(shortened(id)));
    }
    List<JsonNode> items = new ArrayList<>();
    for (Turn turn : turns) {
      Kept kept = kept(turn.input, turn.response);
      items.add(kept.input);
      items.add(kept.response.path("output"));
    }
    return items;
  }

  /** 404 when there is none. */
  Mono<Void> delete(Caller.Tenant caller, String id) {
    return database
        .sql(
            "delete from responses where id = :id and project_id = :project and expires_at > now()")
        .bind("id", id)
        .bind("project", caller.projectId())
        .fetch()
        .rowsUpdated()
        .flatMap(rows -> rows == 0 ? Mono.error(notFound(id)) : Mono.empty());
  }

  /** Deletes what has expired. */
  Mono<Void> forget() {
    return database.sql("delete from responses where expires_at <= now()").then();
  }
}
