package io.penstock.api.people;

import static io.penstock.api.platform.database.Bindings.bind;

import java.util.Optional;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The table of people. */
@Component
class PersonStore {
  private final DatabaseClient database;

  PersonStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * @param passwordHash empty when the person signs in by OpenID Connect only
   */
  record Credentials(Person person, Optional<String> passwordHash) {}

  /** By e-mail address in lower case. */
  Mono<Credentials> credentials(String email) {
    return database
        .sql("select " + Person.COLUMNS + ", p.password_hash from people p where p.email = :email")
        .bind("email", email)
        .map(
            row ->
                new Credentials(
                    Person.of(row), Optional.ofNullable(row.get("password_hash", String.class))))
        .one();
  }

  /** Keeps others from adding people until the transaction ends, and says whether there are any. */
  Mono<Boolean> lockAndAny() {
    return database
        .sql("lock table people in share row exclusive mode")
        .then()
        .then(
            database
                .sql("select exists (select from people)")
                .map(row -> row.get(0, Boolean.class))
                .one());
  }

  /**
   * Empty when the address is taken.
   *
   * @param passwordHash null for none
   */
  Mono<Person> insert(String email, String name, String passwordHash, boolean operator) {
    var insert =
        database
            .sql(
                """
                insert into people as p (email, name, password_hash, operator)
                values (:email, :name, :passwordHash, :operator)
                on conflict (email) do nothing returning
                """
                    + Person.COLUMNS)
            .bind("email", email)
            .bind("name", name)
            .bind("operator", operator);
    return bind(insert, "passwordHash", passwordHash, String.class).map(Person::of).one();
  }

  Mono<Void> rename(UUID id, String name) {
    return database
        .sql("update people set name = :name where id = :id")
        .bind("id", id)
        .bind("name", name)
        .then();
  }

  Mono<Void> changePassword(UUID id, String passwordHash) {
    return database
        .sql("update people set password_hash = :hash where id = :id")
        .bind("id", id)
        .bind("hash", passwordHash)
        .then();
  }
}
