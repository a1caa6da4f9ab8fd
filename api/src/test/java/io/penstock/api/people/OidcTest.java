package io.penstock.api.people;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Signing in at a provider, against one that the test runs. */
class OidcTest {
  private static FakeProvider provider;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    provider = new FakeProvider();
    server =
        TestServer.withFakeEngine(
            "--penstock.oidc-issuer=" + provider.issuer(),
            "--penstock.oidc-client-id=" + FakeProvider.CLIENT,
            "--penstock.oidc-client-secret=provider-secret");
  }

  @AfterAll
  static void stop() {
    server.close();
    provider.close();
  }

  private static String parameter(String url, String name) {
    Matcher matcher = Pattern.compile("[?&]" + name + "=([^&]*)").matcher(url);
    assertThat(matcher.find()).as(name + " in " + url).isTrue();
    return URLDecoder.decode(matcher.group(1), StandardCharsets.UTF_8);
  }

  /** Goes to the provider and comes back as who it vouches for. */
  private Answer signIn(String email, boolean verified, String changedState) {
    Answer leave = server.get("/oauth2/authorization/oidc", null);
    assertThat(leave.status()).as(leave.text()).isEqualTo(302);
    String location = leave.header("location");
    assertThat(location).startsWith(provider.issuer() + "/authorize");
    provider.nonce = parameter(location, "nonce");
    provider.email = email;
    provider.verified = verified;
    String cookie = leave.header("set-cookie");
    String state = changedState == null ? parameter(location, "state") : changedState;
    return server.send(
        server
            .request(
                "/login/oauth2/code/oidc?code=abc&state="
                    + java.net.URLEncoder.encode(state, StandardCharsets.UTF_8),
                null)
            .header("Cookie", cookie.substring(0, cookie.indexOf(';')))
            .build());
  }

  private static void invite(String email) {
    Answer answer =
        server.send(
            server
                .request("/v1/organization/invites", TestServer.ADMIN_KEY)
                .header("OpenAI-Organization", "default")
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"email\": \"%s\", \"role\": \"member\"}".formatted(email)))
                .build());
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private static String session(Answer answer) {
    List<String> cookies = answer.response().headers().allValues("set-cookie");
    return cookies.stream()
        .filter(c -> c.startsWith("penstock_session="))
        .map(c -> c.substring(0, c.indexOf(';')))
        .findFirst()
        .orElse(null);
  }

  @Test
  void whoIsInvitedGetsInAndStaysIn() {
    invite("grace@example.test");
    for (int time = 0; time < 2; time++) {
      Answer answer = signIn("Grace@example.test", true, null);
      assertThat(answer.status()).as(answer.text()).isEqualTo(302);
      assertThat(answer.header("location")).isEqualTo("/console/");
      Answer me =
          server.send(
              server.request("/auth/session", null).header("Cookie", session(answer)).build());
      assertThat(me.status()).isEqualTo(200);
      assertThat(me.json().path("user").path("email").asString()).isEqualTo("grace@example.test");
      assertThat(me.json().path("organizations").get(0).path("role").asString())
          .isEqualTo("member");
    }
  }

  @Test
  void aStrangerDoesNot() {
    Answer answer = signIn("stranger@example.test", true, null);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(session(answer)).isNull();
  }

  @Test
  void anAddressThatIsNotVerifiedProvesNothing() {
    invite("victim@example.test");
    Answer answer = signIn("victim@example.test", false, null);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(session(answer)).isNull();
  }

  @Test
  void anAnswerThatWasNotAskedForIsRefused() {
    invite("other@example.test");
    Answer answer = signIn("other@example.test", true, "another-state");
    assertThat(answer.status()).isEqualTo(403);
    assertThat(session(answer)).isNull();
  }

  @Test
  void offUnlessConfigured() {
    assertThat(TestServer.fake().get("/oauth2/authorization/oidc", null).status()).isEqualTo(404);
  }
}
