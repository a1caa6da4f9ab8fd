package io.penstock.api.access;

import io.penstock.api.platform.KeyRights.Scope;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.access.Right;
import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.http.HttpRequest;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Somebody who calls, and what they should be allowed. */
final class Who {
  final String name;
  final String id;
  final String email;
  private final String key;
  private final String cookie;
  private final String csrf;
  private final String organization;
  private final Set<Right> rights;

  private Who(
      String name,
      String id,
      String email,
      String key,
      String cookie,
      String csrf,
      String organization,
      Set<Right> rights) {
    this.name = name;
    this.id = id;
    this.email = email;
    this.key = key;
    this.cookie = cookie;
    this.csrf = csrf;
    this.organization = organization;
    this.rights = rights;
  }

  static Who nobody() {
    return new Who("nobody", null, null, null, null, null, null, EnumSet.of(Right.PUBLIC));
  }

  static Who operator() {
    return new Who(
        "operator",
        null,
        null,
        TestServer.ADMIN_KEY,
        null,
        null,
        null,
        EnumSet.of(Right.PUBLIC, Right.OPERATOR));
  }

  static Who key(String name, String key, Set<Right> rights) {
    EnumSet<Right> all = EnumSet.of(Right.PUBLIC);
    all.addAll(rights);
    return new Who(name, null, null, key, null, null, null, all);
  }

  /** By the answer that began a session of somebody of one organization. */
  static Who signedIn(String name, String email, Answer answer) {
    JsonNode view = answer.json();
    JsonNode organizations = view.path("organizations");
    EnumSet<Right> rights = EnumSet.of(Right.PUBLIC, Right.SELF);
    if (organizations.size() == 1) {
      rights.addAll(
          ofRole(Role.valueOf(organizations.get(0).path("role").asString().toUpperCase())));
    }
    if (view.path("user").path("operator").booleanValue()) {
      rights.add(Right.OPERATOR);
    }
    String cookie = answer.header("set-cookie");
    return new Who(
        name,
        view.path("user").path("id").asString(),
        email,
        null,
        cookie.substring(0, cookie.indexOf(';')),
        view.path("csrf_token").asString(),
        null,
        rights);
  }

  static Set<Right> ofRole(Role role) {
    EnumSet<Right> rights = EnumSet.noneOf(Right.class);
    for (Right right : Right.values()) {
      if (right.least() != null && role.atLeast(right.least())) {
        rights.add(right);
      }
    }
    return rights;
  }

  static Set<Right> ofScopes(Scope... scopes) {
    EnumSet<Right> rights = EnumSet.noneOf(Right.class);
    for (Scope scope : scopes) {
      rights.add(scope == Scope.INFERENCE ? Right.INFERENCE : Right.USAGE);
    }
    return rights;
  }

  /** With the header that names an organization; the operator owns it then. */
  Who naming(String organization) {
    EnumSet<Right> all = EnumSet.copyOf(rights);
    all.addAll(ofRole(Role.OWNER));
    return new Who(
        name + " naming " + organization, id, email, key, cookie, csrf, organization, all);
  }

  /** Likewise, of an organization that is not theirs. */
  Who trespassing(String organization) {
    EnumSet<Right> all = EnumSet.copyOf(rights);
    all.removeIf(right -> right.least() != null);
    return new Who(name + " trespassing", id, email, key, cookie, csrf, organization, all);
  }

  Who withoutCsrf() {
    return new Who(name + " without token", id, email, key, cookie, null, organization, rights);
  }

  boolean has(Right right) {
    return rights.contains(right);
  }

  boolean isPerson() {
    return cookie != null;
  }

  String secret() {
    return key != null ? key : cookie == null ? "" : cookie.substring(cookie.indexOf('=') + 1);
  }

  HttpRequest request(TestServer server, String method, String path, String body) {
    HttpRequest.Builder request = server.request(path, key);
    if (cookie != null) {
      request.header("Cookie", cookie);
    }
    if (csrf != null) {
      request.header("X-CSRF-Token", csrf);
    }
    if (organization != null) {
      request.header("OpenAI-Organization", organization);
    }
    List<String> withBody = List.of("POST", "PUT", "PATCH");
    return withBody.contains(method)
        ? request
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body == null ? "{}" : body))
            .build()
        : request.method(method, HttpRequest.BodyPublishers.noBody()).build();
  }

  Answer send(TestServer server, String method, String path, String body) {
    return server.send(request(server, method, path, body));
  }

  @Override
  public String toString() {
    return name;
  }
}
