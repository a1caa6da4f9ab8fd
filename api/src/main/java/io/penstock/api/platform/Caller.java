package io.penstock.api.platform;

import java.time.ZoneId;
import java.util.UUID;

/** Who a request is from, proven by a key or by a person's session. */
public sealed interface Caller {

  /** Somebody within one organization, and within it only. */
  sealed interface OfTenant extends Caller {
    UUID tenantId();

    /** Short name, in headers and metrics. */
    String tenantName();

    /** The only project that the caller may see; null for all of the organization's. */
    UUID projectId();

    /** Where the organization's days and months begin. */
    ZoneId timeZone();
  }

  /**
   * An application of a tenant, by a key of a project. Everything as it was when the key was shown.
   *
   * @param keyId id of the key that was shown
   * @param plan what the tenant may ask for
   * @param rights what the key may be used for
   * @param keepsPrompts whether the organization wants prompts and answers kept
   */
  record Tenant(
      UUID tenantId,
      String tenantName,
      UUID projectId,
      UUID keyId,
      Plan plan,
      ZoneId timeZone,
      KeyRights rights,
      boolean keepsPrompts)
      implements OfTenant {}

  /**
   * Who administers an organization: a person that is signed in, a key of the organization, or the
   * operator who named it.
   *
   * @param actor who acts, for the audit log
   * @param role what may be done
   * @param rights of a key; null for people and the operator, whose role says it
   */
  record Member(
      UUID tenantId, String tenantName, ZoneId timeZone, Actor actor, Role role, KeyRights rights)
      implements OfTenant {
    @Override
    public UUID projectId() {
      return null;
    }
  }

  /**
   * A person that is signed in, where no organization matters.
   *
   * @param operator whether the person operates the installation
   */
  record Person(Actor actor, boolean operator) implements Caller {}

  /**
   * The operator of the installation.
   *
   * @param actor the admin key, or the person that operates it
   */
  record Admin(Actor actor) implements Caller {}

  /**
   * Who does something, as the audit log names it.
   *
   * @param kind what it is
   * @param id of the key or the person
   * @param name a key's name or a person's e-mail address
   */
  record Actor(Kind kind, UUID id, String name) {
    /** What acts. */
    public enum Kind {
      API_KEY,
      PERSON,
      OPERATOR
    }
  }
}
