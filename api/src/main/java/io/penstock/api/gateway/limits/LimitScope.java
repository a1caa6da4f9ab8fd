package io.penstock.api.gateway.limits;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Whom a limit is set on. A plan's limits are defaults for each organization, project or key of the
 * organizations on it; one that is set on these takes the default's place.
 */
public enum LimitScope {
  /** Default for each organization on the plan; the id is the plan's name. */
  PLAN,
  /** Default for each project of such organizations. */
  PLAN_PROJECT,
  /** Default for each key of such organizations. */
  PLAN_KEY,
  ORGANIZATION,
  PROJECT,
  KEY;

  /** As on the wire and in the table. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Where the plan's default for this scope stands. */
  public LimitScope planDefault() {
    return switch (this) {
      case ORGANIZATION -> PLAN;
      case PROJECT -> PLAN_PROJECT;
      case KEY -> PLAN_KEY;
      default -> throw new IllegalStateException(this + " is a default itself");
    };
  }

  /** Empty when there is no scope of that name; names are exact. */
  public static Optional<LimitScope> byText(String text) {
    return Arrays.stream(values()).filter(scope -> scope.text().equals(text)).findFirst();
  }
}
