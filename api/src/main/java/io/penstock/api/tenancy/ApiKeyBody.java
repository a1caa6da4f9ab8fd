package io.penstock.api.tenancy;

import io.penstock.api.platform.KeyRights.Scope;
import java.util.List;
import java.util.Set;

/**
 * A key to be made.
 *
 * @param expiresInSeconds null for never
 * @param scopes null for all that keys of projects have, and for {@code admin} of an organization's
 * @param allowedModels null for all, as {@code deniedModels} for none
 * @param allowedCidrs null for any address
 */
record ApiKeyBody(
    String name,
    Long expiresInSeconds,
    List<String> scopes,
    List<String> allowedModels,
    List<String> deniedModels,
    List<String> allowedCidrs) {

  KeyRestrictions ofProject() {
    return restrictions(KeyRestrictions.OF_PROJECTS, KeyRestrictions.OF_PROJECTS);
  }

  KeyRestrictions ofOrganization() {
    return restrictions(KeyRestrictions.OF_ORGANIZATIONS, Set.of(Scope.ADMIN));
  }

  private KeyRestrictions restrictions(Set<Scope> possible, Set<Scope> unsaid) {
    return KeyRestrictions.of(scopes, allowedModels, deniedModels, allowedCidrs, possible, unsaid);
  }

  /** What a request changes; what is null stays. An empty list of networks lets nobody in. */
  record Change(
      String name,
      List<String> scopes,
      List<String> allowedModels,
      List<String> deniedModels,
      List<String> allowedCidrs) {

    KeyRestrictions of(KeyRestrictions before) {
      return KeyRestrictions.of(
          scopes == null ? before.scopeNames() : scopes,
          allowedModels == null ? before.allowedModels() : allowedModels,
          deniedModels == null ? before.deniedModels() : deniedModels,
          allowedCidrs == null ? before.cidrTexts() : allowedCidrs,
          KeyRestrictions.OF_PROJECTS,
          KeyRestrictions.OF_PROJECTS);
    }
  }

  record Rotation(Long overlapSeconds) {}
}
