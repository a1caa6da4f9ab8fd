package io.penstock.api.people;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;

class SignInTest {
  private static final String EMAIL = "Ada@Example.test";
  private static final String PASSWORD = "analytical engine";
  private static TestServer server;
  private String cookie;
  private String csrf;

  @BeforeAll
  static void start() {
    server = TestServer.withFakeEngine();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void asAfterTheFirstStart() {
    for (String table :
        new String[] {"sign_in_attempts", "sessions", "memberships", "invites", "people"}) {
      server.bean(DatabaseClient.class).sql("delete from " + table).then().block();
    }
    Answer answer = firstOwner();
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    keep(answer);
  }

  private Answer firstOwner() {
    return server.post(
        "/auth/first-owner",
        TestServer.ADMIN_KEY,
        "{\"email\": \"%s\", \"name\": \"Ada\", \"password\": \"%s\"}".formatted(EMAIL, PASSWORD));
  }

  private void keep(Answer answer) {
    String header = answer.header("set-cookie");
    assertThat(header).containsIgnoringCase("HttpOnly").contains("SameSite=Lax").contains("Path=/");
    cookie = header.substring(0, header.indexOf(';'));
    csrf = answer.json().path("csrf_token").asString();
  }

  private Answer signIn(String password) {
    return server.post(
        "/auth/sign-in",
        null,
        "{\"email\": \"%s\", \"password\": \"%s\"}".formatted(EMAIL, password));
  }

  private Answer send(String method, String path, String token, String body) {
    HttpRequest.Builder request = server.request(path, null).header("Cookie", cookie);
    if (token != null) {
      request.header("X-CSRF-Token", token);
    }
    return server.send(
        request
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  @Test
  void theFirstOwnerIsMadeOnceAndOperates() {
    assertThat(firstOwner().status()).isEqualTo(409);
    assertThat(server.post("/auth/first-owner", null, "{}").status()).isEqualTo(401);
    Answer session = send("GET", "/auth/session", null, null);
    assertThat(session.json().path("user").path("email").asString()).isEqualTo("ada@example.test");
    assertThat(session.json().path("organizations").get(0).path("role").asString())
        .isEqualTo("owner");
    assertThat(send("GET", "/admin/overview", null, null).status()).isEqualTo(200);
    assertThat(send("GET", "/v1/organization/projects", null, null).status()).isEqualTo(200);
  }

  @Test
  void signingInAndOut() {
    keep(signIn(PASSWORD));
    assertThat(send("GET", "/auth/session", null, null).status()).isEqualTo(200);
    assertThat(send("POST", "/auth/sign-out", csrf, null).status()).isEqualTo(204);
    Answer after = send("GET", "/auth/session", null, null);
    assertThat(after.status()).isEqualTo(401);
    assertThat(after.error().path("code").asString()).isEqualTo("session_expired");
  }

  @Test
  void thePersonsNameIsChangedByThemselves() {
    Answer answer = send("POST", "/auth/profile", csrf, "{\"name\": \" Ada L. \"}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().path("user").path("name").asString()).isEqualTo("Ada L.");
    assertThat(send("GET", "/auth/session", null, null).json().path("user").path("name").asString())
        .isEqualTo("Ada L.");
    assertThat(send("POST", "/auth/profile", csrf, "{}").error().path("param").asString())
        .isEqualTo("name");
    assertThat(send("POST", "/auth/profile", null, "{\"name\": \"Eve\"}").status()).isEqualTo(403);
  }

  @Test
  void otherSitesCannotUseTheCookie() {
    String body = "{\"name\": \"p\"}";
    assertThat(send("POST", "/v1/organization/projects", null, body).status()).isEqualTo(403);
    assertThat(send("POST", "/v1/organization/projects", "0".repeat(64), body).status())
        .isEqualTo(403);
    assertThat(send("POST", "/v1/organization/projects", csrf, body).status()).isEqualTo(200);
    // Signing in takes JSON only, which a form of another site cannot send.
    Answer form =
        server.send(
            server
                .request("/auth/sign-in", null)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build());
    assertThat(form.status()).isEqualTo(415);
  }

  @Test
  void passwordsAreArgon2id() {
    String hash =
        server
            .bean(DatabaseClient.class)
            .sql("select password_hash from people")
            .map(row -> row.get(0, String.class))
            .one()
            .block();
    assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain(PASSWORD);
  }

  @Test
  void whoGuessesIsLockedOutAlsoInParallel() throws Exception {
    List<Callable<Integer>> guesses =
        java.util.stream.IntStream.range(0, 20)
            .<Callable<Integer>>mapToObj(i -> () -> signIn("guess number " + i).status())
            .toList();
    List<Integer> statuses = new java.util.ArrayList<>();
    try (var pool = Executors.newFixedThreadPool(20)) {
      for (var answer : pool.invokeAll(guesses)) {
        statuses.add(answer.get());
      }
    }
    assertThat(statuses).containsOnly(401, 429);
    assertThat(statuses.stream().filter(s -> s == 401)).hasSizeLessThanOrEqualTo(5);

    Answer locked = signIn(PASSWORD);
    while (locked.status() == 200) { // the guesses at once may all have been refused as too many
      assertThat(signIn("another guess").status()).isIn(401, 429);
      for (int i = 0; i < 5; i++) {
        signIn("another guess");
      }
      locked = signIn(PASSWORD);
    }
    assertThat(locked.status()).isEqualTo(429);
    assertThat(locked.error().path("code").asString()).isEqualTo("too_many_attempts");
    assertThat(Integer.parseInt(locked.header("retry-after"))).isBetween(800, 900);

    server
        .bean(DatabaseClient.class)
        .sql("update sign_in_attempts set at = at - interval '16 minutes'")
        .then()
        .block();
    assertThat(signIn(PASSWORD).status()).as("the lock ends by itself").isEqualTo(200);
  }

  private long logged(String action) {
    return server
        .bean(DatabaseClient.class)
        .sql(
            "select count(*) from audit_log where action = :action and object_id = (select id::text from people)")
        .bind("action", action)
        .map(row -> row.get(0, Long.class))
        .one()
        .block();
  }

  @Test
  void failuresAreInTheAuditLogAndLockOutsOnce() {
    for (int i = 0; i < 9; i++) {
      signIn("guess number " + i);
    }
    assertThat(logged("login.failed")).isEqualTo(SignInAttempts.OF_ACCOUNT_FROM_ADDRESS);
    assertThat(logged("login.locked_out")).isEqualTo(1);
    Answer log = server.get("/admin/audit_logs?limit=50", TestServer.ADMIN_KEY);
    assertThat(log.text()).contains("login.failed").doesNotContain("guess number");
  }

  @Test
  void whatIsTypedForNobodyIsNotLogged() {
    server.post(
        "/auth/sign-in", null, "{\"email\": \"my-secret@typo.test\", \"password\": \"12345678\"}");
    Answer log = server.get("/admin/audit_logs?limit=5", TestServer.ADMIN_KEY);
    assertThat(log.json().path("data").get(0).path("type").asString()).isEqualTo("login.failed");
    assertThat(log.text()).doesNotContain("my-secret");
  }

  @Test
  void anInvitationPutsIntoProjects() {
    Answer project = send("POST", "/v1/organization/projects", csrf, "{\"name\": \"engines\"}");
    String id = project.json().path("id").asString();
    String body =
        "{\"email\": \"b@b.test\", \"role\": \"member\", \"projects\": [{\"id\": \"%s\", \"role\": \"owner\"}]}";
    Answer made = send("POST", "/v1/organization/invites", csrf, body.formatted(id));
    assertThat(made.status()).as(made.text()).isEqualTo(200);
    assertThat(made.json().path("projects").get(0).path("id").asString()).isEqualTo(id);
    Answer read = send("GET", "/v1/organization/invites", null, null);
    assertThat(read.json().path("data").get(0).path("projects"))
        .isEqualTo(made.json().path("projects"));

    Answer accepted =
        server.post(
            "/auth/accept-invite",
            null,
            "{\"token\": \"%s\", \"name\": \"B\", \"password\": \"%s\"}"
                .formatted(made.json().path("token").asString(), PASSWORD));
    assertThat(accepted.status()).as(accepted.text()).isEqualTo(201);
    Answer users = send("GET", "/v1/organization/projects/" + id + "/users", null, null);
    assertThat(users.json().path("data").get(0).path("email").asString()).isEqualTo("b@b.test");
    assertThat(users.json().path("data").get(0).path("role").asString()).isEqualTo("owner");
  }

  @Test
  void anInvitationNamesOwnProjectsOnly() {
    String other = server.newTenant().id();
    Answer foreign =
        server.send(
            server
                .request("/v1/organization/projects", TestServer.ADMIN_KEY)
                .header("OpenAI-Organization", other)
                .build());
    String id = foreign.json().path("data").get(0).path("id").asString();
    String body =
        "{\"email\": \"b@b.test\", \"role\": \"member\", \"projects\": [{\"id\": \"%s\", \"role\": \"%s\"}]}";
    Answer refused = send("POST", "/v1/organization/invites", csrf, body.formatted(id, "member"));
    assertThat(refused.status()).isEqualTo(404);
    assertThat(refused.error().path("param").asString()).isEqualTo("projects");
    Answer wrong = send("POST", "/v1/organization/invites", csrf, body.formatted(id, "king"));
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.error().path("param").asString()).isEqualTo("projects[0].role");
  }

  @Test
  void peopleOfASuspendedOrganizationCannotSignIn() {
    Answer made =
        send(
            "POST",
            "/v1/organization/invites",
            csrf,
            "{\"email\": \"c@c.test\", \"role\": \"member\"}");
    String operator = cookie;
    String proof = csrf;
    Answer accepted =
        server.post(
            "/auth/accept-invite",
            null,
            "{\"token\": \"%s\", \"name\": \"C\", \"password\": \"%s\"}"
                .formatted(made.json().path("token").asString(), PASSWORD));
    String organization = accepted.json().path("organizations").get(0).path("id").asString();
    keep(accepted);
    suspend(organization, "suspended");
    try {
      Answer running = send("GET", "/v1/organization/projects", null, null);
      assertThat(running.status()).isEqualTo(403);
      assertThat(running.error().path("code").asString()).isEqualTo("organization_suspended");
      Answer again =
          server.post(
              "/auth/sign-in",
              null,
              "{\"email\": \"c@c.test\", \"password\": \"%s\"}".formatted(PASSWORD));
      assertThat(again.status()).isEqualTo(403);
      assertThat(again.error().path("code").asString()).isEqualTo("organization_suspended");
      assertThat(again.header("set-cookie")).isNull();
      cookie = operator;
      csrf = proof;
      assertThat(send("GET", "/v1/organization/projects", null, null).status())
          .as("who operates the installation")
          .isEqualTo(200);
    } finally {
      suspend(organization, "active");
    }
  }

  private static void suspend(String organization, String status) {
    Answer answer =
        server.send(
            server
                .request("/admin/tenants/" + organization, TestServer.ADMIN_KEY)
                .header("Content-Type", "application/json")
                .method(
                    "POST",
                    HttpRequest.BodyPublishers.ofString("{\"status\": \"%s\"}".formatted(status)))
                .build());
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  @Test
  void anUnknownPersonIsNotToldFromAWrongPassword() {
    Answer wrong = signIn("not the password");
    Answer unknown =
        server.post(
            "/auth/sign-in",
            null,
            "{\"email\": \"nobody@example.test\", \"password\": \"not the password\"}");
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(unknown.status()).isEqualTo(401);
    assertThat(unknown.error()).isEqualTo(wrong.error());
  }

  @Test
  void aNewPasswordEndsOtherSessions() {
    String before = cookie;
    keep(signIn(PASSWORD));
    Answer changed =
        send(
            "POST",
            "/auth/password",
            csrf,
            "{\"current_password\": \"%s\", \"new_password\": \"difference engine\"}"
                .formatted(PASSWORD));
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    cookie = before;
    assertThat(send("GET", "/auth/session", null, null).status()).isEqualTo(401);
    keep(changed);
    assertThat(send("GET", "/auth/session", null, null).status()).isEqualTo(200);
    assertThat(signIn(PASSWORD).status()).isEqualTo(401);
    assertThat(signIn("difference engine").status()).isEqualTo(200);
  }

  @Test
  void theLastOwnerStays() {
    String id = send("GET", "/auth/session", null, null).json().path("user").path("id").asString();
    Answer demoted = send("POST", "/v1/organization/users/" + id, csrf, "{\"role\": \"viewer\"}");
    assertThat(demoted.status()).isEqualTo(409);
    assertThat(demoted.error().path("code").asString()).isEqualTo("last_owner");
    assertThat(send("DELETE", "/v1/organization/users/" + id, csrf, null).status()).isEqualTo(409);
  }

  @Test
  void sessionsCountOnEveryReplica() {
    String[] database = TestDatabase.newDatabase().toArray(String[]::new);
    try (TestServer one = TestServer.withFakeEngineOn(database);
        TestServer two = TestServer.withFakeEngineOn(database)) {
      Answer made =
          one.post(
              "/auth/first-owner",
              TestServer.ADMIN_KEY,
              "{\"email\": \"a@b.test\", \"name\": \"A\", \"password\": \"%s\"}"
                  .formatted(PASSWORD));
      String header = made.header("set-cookie");
      assertThat(
              two.send(
                      two.request("/auth/session", null)
                          .header("Cookie", header.substring(0, header.indexOf(';')))
                          .build())
                  .status())
          .isEqualTo(200);
    }
  }
}
