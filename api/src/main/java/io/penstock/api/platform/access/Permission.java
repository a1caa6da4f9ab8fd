package io.penstock.api.platform.access;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.KeyRights;
import io.penstock.api.platform.KeyRights.Scope;
import io.penstock.api.platform.error.ApiException;
import org.springframework.http.HttpStatus;

/** Whether a caller has a right. Whatever is not granted here is refused. */
final class Permission {
  private Permission() {}

  /**
   * @throws ApiException 403, or 400 when the operator did not say in which organization
   */
  static void require(Right right, Caller caller) {
    switch (right) {
      case PUBLIC -> {}
      case INFERENCE -> inference(caller);
      case USAGE, VIEW, KEYS, MANAGE, OWN -> inOrganization(right, caller);
      case SELF -> self(caller);
      case OPERATOR -> operator(caller);
    }
  }

  private static void inference(Caller caller) {
    if (!(caller instanceof Caller.Tenant tenant)) {
      throw refused(
          "This needs an API key of a project of a tenant; other keys manage tenants and keys.");
    }
    requireScope(tenant.rights(), Scope.INFERENCE);
  }

  private static void inOrganization(Right right, Caller caller) {
    switch (caller) {
      case Caller.Tenant tenant when right == Right.USAGE ->
          requireScope(tenant.rights(), Scope.USAGE_READ);
      case Caller.Tenant _ ->
          throw refused(
              "This needs an admin key of the organization, or a person who is signed in.");
      case Caller.Member member -> member(right, member);
      case Caller.Admin _ -> throw noOrganization();
      case Caller.Person person -> throw person.operator() ? noOrganization() : noMembership();
    }
  }

  private static void member(Right right, Caller.Member member) {
    KeyRights rights = member.rights();
    if (rights != null
        && !rights.has(Scope.ADMIN)
        && !(right == Right.USAGE && rights.has(Scope.USAGE_READ))) {
      throw missingScope(right == Right.USAGE ? Scope.USAGE_READ : Scope.ADMIN);
    }
    if (!member.role().atLeast(right.least())) {
      throw refused(
          "Your role in the organization is %s; this needs at least %s."
              .formatted(member.role().text(), right.least().text()));
    }
  }

  private static void self(Caller caller) {
    if (!(caller instanceof Caller.Person)) {
      throw refused("This is for people who are signed in; keys have no account.");
    }
  }

  private static void operator(Caller caller) {
    if (!(caller instanceof Caller.Admin)) {
      throw refused(
          "This needs an admin key of the operator; an API key of a tenant calls models.");
    }
  }

  private static void requireScope(KeyRights rights, Scope scope) {
    if (!rights.has(scope)) {
      throw missingScope(scope);
    }
  }

  private static ApiException missingScope(Scope scope) {
    return refused(
        "You have insufficient permissions for this operation. Missing scopes: %s."
            .formatted(scope.text()));
  }

  private static ApiException noOrganization() {
    return ApiException.invalid(
        "OpenAI-Organization",
        "missing_organization",
        "Say by the header OpenAI-Organization which organization you mean: its id or its name.");
  }

  private static ApiException noMembership() {
    return refused(
        "You are not a member of an organization, or of several: name one by the header"
            + " OpenAI-Organization.");
  }

  static ApiException refused(String message) {
    return ApiException.of(
        HttpStatus.FORBIDDEN,
        ApiException.INVALID_REQUEST,
        "insufficient_permissions",
        null,
        message);
  }
}
