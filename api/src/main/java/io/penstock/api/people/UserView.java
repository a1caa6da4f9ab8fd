package io.penstock.api.people;

import io.penstock.api.platform.Role;
import java.time.Instant;
import java.util.UUID;

/**
 * A person in an organization, in OpenAI's shape.
 *
 * @param role owner, admin, member or viewer
 * @param addedAt seconds since 1970
 */
record UserView(String object, UUID id, String name, String email, String role, long addedAt) {
  static UserView of(MembershipStore.Member member) {
    return of(member.person(), member.role(), member.addedAt());
  }

  static UserView of(Person person, Role role, Instant addedAt) {
    return new UserView(
        "organization.user",
        person.id(),
        person.name(),
        person.email(),
        role.text(),
        addedAt.getEpochSecond());
  }
}
