package io.penstock.api.platform;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a key may be used for.
 *
 * @param scopes kinds of requests
 * @param models rules of the project and of the key; a model must pass all of them
 */
public record KeyRights(Set<Scope> scopes, List<ModelRule> models) {

  /** Kinds of requests that a key may make. */
  public enum Scope {
    /** Calls models. */
    INFERENCE("inference"),
    /** Reads usage and costs: of its project, or of its organization when it has no project. */
    USAGE_READ("usage:read"),
    /** Administers its organization. */
    ADMIN("admin");

    private final String text;

    Scope(String text) {
      this.text = text;
    }

    /** As on the wire and in the table. */
    public String text() {
      return text;
    }
  }

  /**
   * An allow or a deny list.
   *
   * @param allow true when only these models may be called, false when all but these
   * @param models their ids
   */
  public record ModelRule(boolean allow, Set<String> models) {
    public ModelRule {
      models = Set.copyOf(models);
    }

    boolean passes(String model) {
      return models.contains(model) == allow;
    }
  }

  public KeyRights {
    EnumSet<Scope> copy = EnumSet.noneOf(Scope.class);
    copy.addAll(scopes);
    scopes = Collections.unmodifiableSet(copy);
    models = List.copyOf(models);
  }

  public boolean has(Scope scope) {
    return scopes.contains(scope);
  }

  public boolean allowsModel(String model) {
    for (ModelRule rule : models) {
      if (!rule.passes(model)) {
        return false;
      }
    }
    return true;
  }
}
