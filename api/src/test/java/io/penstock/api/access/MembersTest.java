package io.penstock.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the people of an organization may do to one another. */
class MembersTest {
  private static final String USERS = "/v1/organization/users/";
  private static final String INVITES = "/v1/organization/invites";

  private final TestServer server = TestServer.fake();
  private final Organization organization = new Organization(server);
  private final Who owner = organization.person("owner");
  private final Who admin = organization.person("admin");
  private final Who member = organization.person("member");

  private static String role(String role) {
    return "{\"role\": \"%s\"}".formatted(role);
  }

  @Test
  void nobodyGivesOrTakesARoleAboveTheOwn() {
    assertThat(admin.send(server, "POST", USERS + owner.id, role("viewer")).status())
        .isEqualTo(403);
    assertThat(admin.send(server, "DELETE", USERS + owner.id, null).status()).isEqualTo(403);
    assertThat(admin.send(server, "POST", USERS + admin.id, role("owner")).status()).isEqualTo(403);
    assertThat(
            admin
                .send(server, "POST", INVITES, "{\"email\": \"x@y.test\", \"role\": \"owner\"}")
                .status())
        .isEqualTo(403);
    assertThat(owner.send(server, "POST", USERS + admin.id, role("owner")).status()).isEqualTo(200);
    assertThat(admin.send(server, "POST", USERS + owner.id, role("viewer")).status())
        .as("an owner now")
        .isEqualTo(200);
    assertThat(admin.send(server, "POST", USERS + admin.id, role("viewer")).status())
        .as("the last owner")
        .isEqualTo(409);
  }

  @Test
  void aMemberManagesKeysOnlyWhereHeWorks() {
    String path = "/v1/organization/projects/%s/api_keys";
    String body = "{\"name\": \"mine\"}";
    Answer made = member.send(server, "POST", path.formatted(organization.projectId), body);
    assertThat(made.status()).as(made.text()).isEqualTo(200);
    assertThat(made.json().path("owner").path("user").path("id").asString()).isEqualTo(member.id);
    assertThat(
            member.send(server, "POST", path.formatted(organization.newProject()), body).status())
        .isEqualTo(403);
  }

  @Test
  void whoIsRemovedIsOutAtOnce() {
    Who viewer = organization.person("viewer");
    assertThat(viewer.send(server, "GET", "/v1/organization/projects", null).status())
        .isEqualTo(200);
    assertThat(admin.send(server, "DELETE", USERS + viewer.id, null).status()).isEqualTo(200);
    assertThat(viewer.send(server, "GET", "/v1/organization/projects", null).status())
        .isEqualTo(403);
    assertThat(admin.send(server, "GET", USERS + viewer.id, null).status()).isEqualTo(404);
    assertThat(
            viewer
                .trespassing(organization.name)
                .send(server, "GET", "/v1/organization/projects", null)
                .status())
        .isEqualTo(404);
  }

  /** An invitation of one organization is no way into somebody's account in another. */
  @Test
  void whoHasAnAccountKeepsItsPassword() {
    Organization other = new Organization(server);
    JsonNode invite =
        other
            .operator
            .send(
                server,
                "POST",
                INVITES,
                "{\"email\": \"%s\", \"role\": \"viewer\"}".formatted(member.email))
            .json();
    String acceptance =
        "{\"token\": \"%s\", \"name\": \"Mallory\", \"password\": \"mallory's password\"}"
            .formatted(invite.path("token").asString());
    Answer accepted = server.post("/auth/accept-invite", null, acceptance);
    assertThat(accepted.status()).isEqualTo(200);
    assertThat(accepted.header("set-cookie")).as("no session for whoever had the token").isNull();
    assertThat(server.post("/auth/accept-invite", null, acceptance).status())
        .as("once only")
        .isEqualTo(404);
    String signIn = "{\"email\": \"%s\", \"password\": \"%s\"}";
    assertThat(
            server
                .post("/auth/sign-in", null, signIn.formatted(member.email, "mallory's password"))
                .status())
        .isEqualTo(401);
    Answer own =
        server.post("/auth/sign-in", null, signIn.formatted(member.email, Organization.PASSWORD));
    assertThat(own.status()).isEqualTo(200);
    assertThat(own.json().path("organizations").size()).isEqualTo(2);
    assertThat(own.json().path("user").path("name").asString()).isEqualTo("member");
    assertThat(member.send(server, "GET", "/v1/organization/projects", null).status())
        .as("of several organizations one must be named")
        .isEqualTo(403);
    assertThat(
            member
                .trespassing(organization.name)
                .send(server, "GET", "/v1/organization/projects", null)
                .status())
        .as("which is no trespassing")
        .isEqualTo(200);
  }

  @Test
  void anInvitationThatWasTakenBackIsNone() {
    JsonNode invite = organization.newInvite();
    assertThat(
            admin
                .send(server, "DELETE", INVITES + "/" + invite.path("id").asString(), null)
                .status())
        .isEqualTo(200);
    assertThat(
            server
                .post(
                    "/auth/accept-invite",
                    null,
                    "{\"token\": \"%s\", \"name\": \"N\", \"password\": \"%s\"}"
                        .formatted(invite.path("token").asString(), Organization.PASSWORD))
                .status())
        .isEqualTo(404);
  }
}
