package io.penstock.api.people;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.error.ApiException;
import java.util.Arrays;
import org.springframework.http.HttpStatus;

/** Roles that requests name, and who may give them. */
final class Roles {
  private Roles() {}

  /**
   * @throws ApiException 400 when there is no such role
   */
  static Role require(String param, String text) {
    return Arrays.stream(Role.values())
        .filter(role -> role.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                ApiException.invalid(
                    param, param + " must be one of owner, admin, member and viewer."));
  }

  /**
   * Nobody gives or takes a role above the own.
   *
   * @throws ApiException 403
   */
  static void requireAbove(Caller.Member caller, Role... roles) {
    for (Role role : roles) {
      if (!caller.role().atLeast(role)) {
        throw ApiException.of(
            HttpStatus.FORBIDDEN,
            ApiException.INVALID_REQUEST,
            "insufficient_permissions",
            null,
            "Only owners may do this to an owner or make one.");
      }
    }
  }
}
