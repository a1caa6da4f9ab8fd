package io.penstock.api.platform;

import java.util.Locale;

/** What a person may do in an organization, least first: each may what those before it may. */
public enum Role {
  /** Reads projects, limits, usage and costs. */
  VIEWER,
  /** Makes and revokes keys of projects. */
  MEMBER,
  /** Administers projects, limits, members and invitations, and reads the audit log. */
  ADMIN,
  /** Everything, also keys that administer the organization, and who else is an owner. */
  OWNER;

  /** As on the wire and in the tables. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public boolean atLeast(Role other) {
    return compareTo(other) >= 0;
  }
}
