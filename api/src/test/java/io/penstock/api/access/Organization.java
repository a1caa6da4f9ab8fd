package io.penstock.api.access;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/** An organization for tests, with people in every role and keys of every kind. */
final class Organization {
  static final String PASSWORD = "correct horse battery";
  private static final AtomicInteger COUNT = new AtomicInteger();

  final TestServer server;
  final String id;
  final String name;
  final String projectId;
  final Who operator;
  private final Map<String, Who> people = new LinkedHashMap<>();

  Organization(TestServer server) {
    this.server = server;
    this.name = "org-" + COUNT.incrementAndGet();
    this.id =
        made(Who.operator(), "/admin/tenants", "{\"name\": \"%s\"}".formatted(name))
            .path("id")
            .asString();
    this.operator = Who.operator().naming(name);
    this.projectId = newProject();
    for (String role : new String[] {"owner", "admin", "member", "viewer"}) {
      people.put(role, newPerson(role));
    }
    join(people.get("member").id);
  }

  Who person(String role) {
    return people.get(role);
  }

  Who newPerson(String role) {
    String email = "%s-%d@%s.test".formatted(role, COUNT.incrementAndGet(), name);
    JsonNode invite =
        made(
            operator,
            "/v1/organization/invites",
            "{\"email\": \"%s\", \"role\": \"%s\"}".formatted(email, role));
    Answer answer =
        server.post(
            "/auth/accept-invite",
            null,
            "{\"token\": \"%s\", \"name\": \"%s\", \"password\": \"%s\"}"
                .formatted(invite.path("token").asString(), role, PASSWORD));
    if (answer.status() != 201) {
      throw new AssertionError(answer.text());
    }
    return Who.signedIn(role + " of " + name, email, answer);
  }

  /** Puts somebody into the project. */
  void join(String userId) {
    made(
        operator,
        "/v1/organization/projects/" + projectId + "/users",
        "{\"user_id\": \"%s\", \"role\": \"member\"}".formatted(userId));
  }

  String newProject() {
    return made(operator, "/v1/organization/projects", "{\"name\": \"a project\"}")
        .path("id")
        .asString();
  }

  JsonNode newKey(String more) {
    return made(
        operator,
        "/v1/organization/projects/" + projectId + "/api_keys",
        "{\"name\": \"a key\"%s}".formatted(more));
  }

  JsonNode newAccount() {
    return made(
        operator,
        "/v1/organization/projects/" + projectId + "/service_accounts",
        "{\"name\": \"an account\"}");
  }

  JsonNode newAdminKey(String more) {
    return made(
        operator, "/v1/organization/admin_api_keys", "{\"name\": \"a key\"%s}".formatted(more));
  }

  JsonNode newInvite() {
    return made(
        operator,
        "/v1/organization/invites",
        "{\"email\": \"guest-%d@%s.test\", \"role\": \"viewer\"}"
            .formatted(COUNT.incrementAndGet(), name));
  }

  private JsonNode made(Who who, String path, String body) {
    Answer answer = who.send(server, "POST", path, body);
    if (answer.status() / 100 != 2) {
      throw new AssertionError(path + ": " + answer.text());
    }
    return answer.json();
  }
}
