package io.penstock.api.platform.audit;

import static io.penstock.api.platform.database.Bindings.bind;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Caller.Actor;
import io.penstock.api.platform.access.RequestOrigin;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.stereotype.Component;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes what was done, by whom and from where, in the transaction of the act itself: neither is
 * there without the other. Who and where come from the request that runs.
 */
@Component
public final class AuditLog {
  private static final String INSERT =
      """
      insert into audit_log (tenant_id, project_id, actor_kind, actor_id, actor_name, action,
        object_id, before, after, request_id, address, user_agent)
      values (:tenantId, :projectId, :actorKind, :actorId, :actorName, :action, :objectId,
        cast(:before as jsonb), cast(:after as jsonb), :requestId, :address, :userAgent)
      """;

  private static final int LONGEST_USER_AGENT = 200;

  private final DatabaseClient database;
  private final TransactionalOperator transactions;
  private final JsonMapper json;

  AuditLog(DatabaseClient database, TransactionalOperator transactions, JsonMapper json) {
    this.database = database;
    this.transactions = transactions;
    this.json = json;
  }

  /**
   * Runs an act and writes its entry, both or neither. An act that gives nothing writes nothing.
   */
  public <T> Mono<T> record(Mono<AuditEntry.Done<T>> act) {
    return transactions.transactional(
        act.flatMap(done -> write(done.entry()).thenReturn(done.answer())));
  }

  /** As {@link #record}, by an actor that the request does not prove, such as one who signs in. */
  public <T> Mono<T> recordAs(Actor actor, Mono<AuditEntry.Done<T>> act) {
    return transactions.transactional(
        act.flatMap(done -> write(done.entry(), Optional.of(actor)).thenReturn(done.answer())));
  }

  private Mono<Void> write(AuditEntry entry) {
    return ReactiveSecurityContextHolder.getContext()
        .mapNotNull(
            context ->
                context.getAuthentication() == null
                    ? null
                    : actor(context.getAuthentication().getPrincipal()))
        .singleOptional()
        .flatMap(actor -> write(entry, actor));
  }

  private static Actor actor(Object principal) {
    return switch (principal) {
      case Caller.Member member -> member.actor();
      case Caller.Admin admin -> admin.actor();
      case Caller.Person person -> person.actor();
      case Caller.Tenant tenant -> new Actor(Actor.Kind.API_KEY, tenant.keyId(), null);
      case null, default -> null;
    };
  }

  private Mono<Void> write(AuditEntry entry, Optional<Actor> actor) {
    return Mono.deferContextual(
        context -> {
          RequestOrigin origin =
              context.getOrDefault(RequestOrigin.class, new RequestOrigin(null, null, null));
          var insert = database.sql(INSERT);
          insert = bind(insert, "tenantId", entry.tenantId(), UUID.class);
          insert = bind(insert, "projectId", entry.projectId(), UUID.class);
          insert =
              insert.bind(
                  "actorKind",
                  actor.map(a -> a.kind().name().toLowerCase(Locale.ROOT)).orElse("nobody"));
          insert = bind(insert, "actorId", actor.map(Actor::id).orElse(null), UUID.class);
          insert = bind(insert, "actorName", actor.map(Actor::name).orElse(null), String.class);
          insert = insert.bind("action", entry.action());
          insert = bind(insert, "objectId", text(entry.objectId()), String.class);
          insert = bind(insert, "before", document(entry.before()), String.class);
          insert = bind(insert, "after", document(entry.after()), String.class);
          insert = bind(insert, "requestId", origin.requestId(), String.class);
          insert = bind(insert, "address", origin.address(), String.class);
          insert = bind(insert, "userAgent", clean(origin.userAgent()), String.class);
          return insert.then();
        });
  }

  private static String text(Object id) {
    return id == null ? null : id.toString();
  }

  private String document(Object value) {
    return value == null ? null : json.writeValueAsString(value);
  }

  private static String clean(String userAgent) {
    return userAgent == null
        ? null
        : userAgent
            .substring(0, Math.min(userAgent.length(), LONGEST_USER_AGENT))
            .replaceAll("[^\\x20-\\x7e]", "?");
  }
}
