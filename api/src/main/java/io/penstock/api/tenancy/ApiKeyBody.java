package io.penstock.api.tenancy;

import io.penstock.api.platform.KeyRights.Scope;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

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

  /**
   * What a request changes; what is left out stays.
   *
   * @param allowedModels null for all models
   * @param deniedModels null for none
   * @param allowedCidrs null for any address; an empty list lets nobody in
   */
  record Change(
      String name,
      List<String> scopes,
      @Schema(implementation = String[].class) JsonNode allowedModels,
      @Schema(implementation = String[].class) JsonNode deniedModels,
      @Schema(implementation = String[].class) JsonNode allowedCidrs) {

    KeyRestrictions of(KeyRestrictions before) {
      return KeyRestrictions.of(
          scopes == null ? before.scopeNames() : scopes,
          texts("allowed_models", allowedModels, before.allowedModels()),
          texts("denied_models", deniedModels, before.deniedModels()),
          texts("allowed_cidrs", allowedCidrs, before.cidrTexts()),
          KeyRestrictions.OF_PROJECTS,
          KeyRestrictions.OF_PROJECTS);
    }

    /** What is left out is no node, and null is one. */
    private static List<String> texts(String param, JsonNode list, List<String> before) {
      if (list == null) {
        return before;
      }
      if (list.isNull()) {
        return null;
      }
      if (!list.isArray() || !list.valueStream().allMatch(JsonNode::isString)) {
        throw ApiException.invalid(param, param + " must be a list of texts, or null for no rule.");
      }
      return list.valueStream().map(JsonNode::stringValue).toList();
    }
  }

  record Rotation(Long overlapSeconds) {}
}
