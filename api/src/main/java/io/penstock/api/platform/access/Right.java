package io.penstock.api.platform.access;

import io.penstock.api.platform.Role;

/** What an endpoint asks of its caller. */
public enum Right {
  /** Nothing: anybody may call it, no key is looked at. */
  PUBLIC(null),
  /** Calls models: a key of a project with the scope {@code inference}. */
  INFERENCE(null),
  /**
   * Reads usage and costs: a key of a project or of the organization with the scope {@code
   * usage:read}, or whoever may {@link #VIEW}. A project's key sees its project only.
   */
  USAGE(Role.VIEWER),
  /** Reads how the organization is set up. */
  VIEW(Role.VIEWER),
  /** Makes and revokes keys of projects that the caller belongs to. */
  KEYS(Role.MEMBER),
  /** Administers the organization. */
  MANAGE(Role.ADMIN),
  /** Decides who administers the organization. */
  OWN(Role.OWNER),
  /** A person that is signed in, about itself. */
  SELF(null),
  /** Operates the installation. */
  OPERATOR(null);

  private final Role least;

  Right(Role least) {
    this.least = least;
  }

  /** The least role that has it; null where roles do not matter. */
  public Role least() {
    return least;
  }
}
