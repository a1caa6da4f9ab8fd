package io.penstock.api.people;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.access.KeyedHash;
import io.penstock.api.platform.access.Secrets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Who is signed in: a cookie with 256 random bits, whose keyed hash is in the database, so that
 * every replica knows it and signing out counts everywhere at once.
 */
@Component
class Sessions {
  static final String COOKIE = "penstock_session";
  static final String CSRF_HEADER = "X-CSRF-Token";

  private final DatabaseClient database;
  private final KeyedHash hash;
  private final Duration lifetime;
  private final boolean secure;

  Sessions(DatabaseClient database, KeyedHash hash, PenstockProperties properties) {
    this.database = database;
    this.hash = hash;
    this.lifetime = properties.sessionLifetime();
    this.secure = properties.secureCookies();
  }

  /**
   * A session that is going on.
   *
   * @param csrfToken what its requests that change something must carry in a header; another site
   *     can make a browser send the cookie, but neither read nor guess this
   */
  record Session(Person person, Instant expiresAt, String csrfToken) {}

  /** Begins a session and gives its cookie to the answer. */
  Mono<Session> begin(Person person, ServerWebExchange exchange) {
    String token = Secrets.next();
    Instant end = Instant.now().plus(lifetime);
    return database
        .sql(
            """
            with old as (delete from sessions where expires_at < now())
            insert into sessions (hash, person_id, expires_at) values (:hash, :person, :end)
            """)
        .bind("hash", hash.of("session", token))
        .bind("person", person.id())
        .bind("end", end)
        .then()
        .then(
            Mono.fromSupplier(
                () -> {
                  exchange.getResponse().addCookie(cookie(token, lifetime, exchange));
                  return new Session(person, end, csrfToken(token));
                }));
  }

  private ResponseCookie cookie(String value, Duration age, ServerWebExchange exchange) {
    return ResponseCookie.from(COOKIE, value)
        .httpOnly(true)
        .secure(secure || "https".equals(exchange.getRequest().getURI().getScheme()))
        .sameSite("Lax")
        .path("/")
        .maxAge(age)
        .build();
  }

  /** Null when the request carries no session. */
  static String token(ServerWebExchange exchange) {
    HttpCookie cookie = exchange.getRequest().getCookies().getFirst(COOKIE);
    return cookie == null || cookie.getValue().isEmpty() ? null : cookie.getValue();
  }

  /** Empty when there is no such session any more. */
  Mono<Session> find(String token) {
    return database
        .sql(
            "select "
                + Person.COLUMNS
                + """
                , s.expires_at from sessions s join people p on p.id = s.person_id
                where s.hash = :hash and s.expires_at > now()
                """)
        .bind("hash", hash.of("session", token))
        .map(
            row ->
                new Session(Person.of(row), row.get("expires_at", Instant.class), csrfToken(token)))
        .one();
  }

  private String csrfToken(String token) {
    return HexFormat.of().formatHex(hash.of("csrf", token));
  }

  /** Whether a header's value is the session's token. */
  boolean provesOrigin(String token, String header) {
    if (header == null || !header.matches("[0-9a-f]{64}")) {
      return false;
    }
    return hash.matches("csrf", token, HexFormat.of().parseHex(header));
  }

  /** Ends the request's session and takes the cookie back. */
  Mono<Void> end(ServerWebExchange exchange) {
    String token = token(exchange);
    exchange.getResponse().addCookie(cookie("", Duration.ZERO, exchange));
    return token == null
        ? Mono.empty()
        : database
            .sql("delete from sessions where hash = :hash")
            .bind("hash", hash.of("session", token))
            .then();
  }

  /** Ends all of a person. */
  Mono<Void> endAll(UUID personId) {
    return database
        .sql("delete from sessions where person_id = :person")
        .bind("person", personId)
        .then();
  }
}
