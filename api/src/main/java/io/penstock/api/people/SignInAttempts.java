package io.penstock.api.people;

import io.penstock.api.platform.access.KeyedHash;
import io.penstock.api.platform.error.ApiException;
import java.time.Duration;
import org.springframework.http.HttpStatus;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Locks out who guesses: only so many attempts in a quarter of an hour for an account from an
 * address, for an account from anywhere, and from an address at all. Counted in the database, so on
 * all replicas together.
 *
 * <p>An attempt is written before the password is looked at, and committed, so that of many at the
 * same time no more than the limit get so far; one that succeeds is taken back. An account from
 * elsewhere allows more, so that nobody locks out another from the other's own desk easily.
 */
@Component
class SignInAttempts {
  static final int OF_ACCOUNT_FROM_ADDRESS = 5;
  static final int OF_ACCOUNT = 50;
  static final int FROM_ADDRESS = 50;
  private static final Duration WINDOW = Duration.ofMinutes(15);

  private final DatabaseClient database;
  private final KeyedHash hash;

  SignInAttempts(DatabaseClient database, KeyedHash hash) {
    this.database = database;
    this.hash = hash;
  }

  /** Too many attempts. */
  static final class LockedOut extends RuntimeException {
    private final transient ApiException answer;
    private final boolean isNew;

    LockedOut(ApiException answer, boolean isNew) {
      super(answer.getMessage(), null, false, false);
      this.answer = answer;
      this.isNew = isNew;
    }

    ApiException answer() {
      return answer;
    }

    /** Whether there were failures since this was told the last time. */
    boolean isNew() {
      return isNew;
    }
  }

  /** An attempt that was let through. */
  record Attempt(long id, byte[] account, String address) {}

  private record Count(long both, long account, long address, double oldestAgeSeconds) {
    boolean exceeds() {
      return both > OF_ACCOUNT_FROM_ADDRESS || account > OF_ACCOUNT || address > FROM_ADDRESS;
    }
  }

  /**
   * @param address null when it is not known
   * @return the error {@link LockedOut} when there were too many
   */
  Mono<Attempt> begin(String email, String address) {
    byte[] account = hash.of("account", email);
    String from = address == null ? "unknown" : address;
    return database
        .sql(
            """
            with old as (delete from sign_in_attempts where at < now() - make_interval(secs => 3600))
            insert into sign_in_attempts (account, address) values (:account, :address) returning id
            """)
        .bind("account", account)
        .bind("address", from)
        .map(row -> row.get("id", Long.class))
        .one()
        .map(id -> new Attempt(id, account, from))
        .flatMap(
            attempt ->
                count(attempt)
                    .flatMap(
                        count ->
                            count.exceeds()
                                ? remove(attempt)
                                    .then(tell(attempt))
                                    .flatMap(
                                        isNew -> Mono.error(new LockedOut(tooMany(count), isNew)))
                                : Mono.just(attempt)));
  }

  private Mono<Count> count(Attempt attempt) {
    return database
        .sql(
            """
            select count(*) filter (where account = :account and address = :address) as both_of,
              count(*) filter (where account = :account) as account_of,
              count(*) filter (where address = :address) as address_of,
              coalesce(extract(epoch from now() - min(at)), 0)::float8 as oldest
            from sign_in_attempts
            where at > now() - make_interval(secs => :window)
              and (account = :account or address = :address)
            """)
        .bind("account", attempt.account)
        .bind("address", attempt.address)
        .bind("window", (double) WINDOW.toSeconds())
        .map(
            row ->
                new Count(
                    row.get("both_of", Long.class),
                    row.get("account_of", Long.class),
                    row.get("address_of", Long.class),
                    row.get("oldest", Double.class)))
        .one();
  }

  /**
   * Whether some of the failures that lock out have not been told of: once each, so that trying on
   * does not fill the log.
   */
  private Mono<Boolean> tell(Attempt attempt) {
    return database
        .sql(
            """
            update sign_in_attempts set told = true
            where at > now() - make_interval(secs => :window) and not told
              and (account = :account or address = :address)
            """)
        .bind("account", attempt.account)
        .bind("address", attempt.address)
        .bind("window", (double) WINDOW.toSeconds())
        .fetch()
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  private static ApiException tooMany(Count count) {
    long wait = Math.max(1, WINDOW.toSeconds() - (long) count.oldestAgeSeconds);
    return ApiException.of(
            HttpStatus.TOO_MANY_REQUESTS,
            "requests",
            "too_many_attempts",
            null,
            "Too many attempts to sign in. Please try again in %d s.".formatted(wait))
        .retryAfter(Duration.ofSeconds(wait));
  }

  /** It was the right password: what was mistyped before counts no more. */
  Mono<Void> succeeded(Attempt attempt) {
    return database
        .sql("delete from sign_in_attempts where account = :account and address = :address")
        .bind("account", attempt.account)
        .bind("address", attempt.address)
        .then();
  }

  private Mono<Void> remove(Attempt attempt) {
    return database
        .sql("delete from sign_in_attempts where id = :id")
        .bind("id", attempt.id)
        .then();
  }
}
