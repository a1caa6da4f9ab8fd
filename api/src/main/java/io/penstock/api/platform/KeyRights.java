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

    boolean passes(String name, String model) {
      return (models.contains(name) || models.contains(model)) == allow;
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
    return allowsModel(model, model);
  }

  /**
   * Of a model that is asked for by an alias. Who may call the model may call it by any name; who
   * may call the alias may call whatever it stands for, by the alias; a model that is denied is
   * denied by every name, an alias that is denied by this name only.
   *
   * @param name the alias, or the model's own name
   * @param model the model's own name
   */
  public boolean allowsModel(String name, String model) {
    for (ModelRule rule : models) {
      if (!rule.passes(name, model)) {
        return false;
      }
    }
    return true;
  }
}
