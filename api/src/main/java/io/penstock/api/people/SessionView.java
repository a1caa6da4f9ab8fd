package io.penstock.api.people;

import java.util.List;
import java.util.UUID;

/**
 * A session as its person sees it.
 *
 * @param csrfToken what requests that change something carry in the header X-CSRF-Token
 * @param expiresAt seconds since 1970
 */
record SessionView(
    String object, User user, List<Organization> organizations, String csrfToken, long expiresAt) {

  /**
   * @param operator operates the installation
   */
  record User(UUID id, String email, String name, boolean operator) {}

  /**
   * @param role owner, admin, member or viewer
   * @param status active or suspended
   */
  record Organization(UUID id, String name, String role, String status) {}

  private static Organization of(MembershipStore.Organization o) {
    return new Organization(o.id(), o.name(), o.role().text(), o.active() ? "active" : "suspended");
  }

  static SessionView of(Sessions.Session session, List<MembershipStore.Organization> all) {
    Person person = session.person();
    return new SessionView(
        "session",
        new User(person.id(), person.email(), person.name(), person.operator()),
        all.stream().map(SessionView::of).toList(),
        session.csrfToken(),
        session.expiresAt().getEpochSecond());
  }
}
