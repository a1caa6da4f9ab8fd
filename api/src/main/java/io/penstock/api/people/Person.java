package io.penstock.api.people;

import io.penstock.api.platform.Caller.Actor;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.UUID;

/**
 * A person, without the password's hash.
 *
 * @param operator operates the installation
 */
record Person(UUID id, String email, String name, boolean operator, Instant createdAt) {
  static final String COLUMNS = "p.id, p.email, p.name, p.operator, p.created_at";

  /** From a row with {@link #COLUMNS}. */
  static Person of(Readable row) {
    return new Person(
        row.get("id", UUID.class),
        row.get("email", String.class),
        row.get("name", String.class),
        row.get("operator", Boolean.class),
        row.get("created_at", Instant.class));
  }

  Actor actor() {
    return new Actor(Actor.Kind.PERSON, id, email);
  }
}
