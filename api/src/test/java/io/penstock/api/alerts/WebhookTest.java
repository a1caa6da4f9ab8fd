package io.penstock.api.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import io.penstock.api.testing.TestServer.Tenant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A receiver on this machine, a server that may call it, and tenants with budgets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebhookTest {
  private static final String WEBHOOKS = "/v1/organization/webhooks";
  private static final String ALERTS = "/v1/organization/spend_alerts";

  private final Queue<Received> received = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();
  private TestServer server;
  private HttpServer receiver;

  private record Received(String path, String id, String timestamp, String signature, String body) {
    JsonNode json() {
      return new JsonMapper().readTree(body);
    }

    /** As the specification says: HMAC of "id.timestamp.body" under the secret's bytes. */
    boolean signedWith(String secret) throws Exception {
      Mac mac = Mac.getInstance("HmacSHA256");
      byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      byte[] signed = (id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8);
      String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed));
      return List.of(signature.split(" ")).contains(expected);
    }
  }

  @BeforeAll
  void start() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    receiver.createContext(
        "/",
        exchange -> {
          received.add(
              new Received(
                  exchange.getRequestURI().getPath(),
                  exchange.getRequestHeaders().getFirst("webhook-id"),
                  exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                  exchange.getRequestHeaders().getFirst("webhook-signature"),
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          Integer status = answers.poll();
          exchange.sendResponseHeaders(status == null ? 200 : status, -1);
          exchange.close();
        });
    receiver.start();
    server = TestServer.withFakeEngine("--penstock.webhook-private-networks=true");
  }

  @AfterAll
  void stop() {
    server.close();
    receiver.stop(0);
  }

  private Answer admin(String method, String path, Tenant of, String body) {
    return server.send(
        server
            .request(path, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", of.id())
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build());
  }

  private JsonNode ok(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isBetween(200, 202);
    return answer.json();
  }

  private JsonNode newWebhook(Tenant of, String path) {
    String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + path;
    return ok(admin("POST", WEBHOOKS, of, "{\"url\": \"%s\"}".formatted(url)));
  }

  /** What came to a path, once there are so many. */
  private List<Received> at(String path, int count) {
    return TestServer.await(
        count + " deliveries at " + path,
        () -> {
          List<Received> there = received.stream().filter(r -> r.path().equals(path)).toList();
          return there.size() >= count ? there : null;
        });
  }

  @Test
  void aTestIsSignedAndTriedAgainUntilItIsTaken() throws Exception {
    Tenant tenant = server.newTenant();
    JsonNode webhook = newWebhook(tenant, "/test");
    String secret = webhook.path("secret").asString();
    String path = WEBHOOKS + "/" + webhook.path("id").asString();
    assertThat(secret).startsWith("whsec_");
    assertThat(ok(admin("GET", path, tenant, null)).has("secret")).isFalse();

    answers.add(500);
    String event = ok(admin("POST", path + "/test", tenant, null)).path("id").asString();
    List<Received> both = at("/test", 2);

    for (Received one : both) {
      assertThat(one.id()).isEqualTo(event);
      assertThat(one.signedWith(secret)).isTrue();
      assertThat(one.json().path("id").asString()).isEqualTo(event);
      assertThat(one.json().path("object").asString()).isEqualTo("event");
      assertThat(one.json().path("type").asString()).isEqualTo("webhook.test");
    }
    JsonNode delivery =
        TestServer.await(
            "the delivery's end",
            () -> {
              JsonNode last =
                  ok(admin("GET", path + "/deliveries", tenant, null)).path("data").path(0);
              return last.path("status").asString().equals("delivered") ? last : null;
            });
    assertThat(delivery.path("id").asString()).isEqualTo(event);
    assertThat(delivery.path("attempts").intValue()).isEqualTo(2);
    assertThat(delivery.path("last_status").intValue()).isEqualTo(200);
  }

  @Test
  void aNewSecretSignsBesideTheOldOne() throws Exception {
    Tenant tenant = server.newTenant();
    JsonNode webhook = newWebhook(tenant, "/rotated");
    String path = WEBHOOKS + "/" + webhook.path("id").asString();
    JsonNode rotated = ok(admin("POST", path + "/rotate_secret", tenant, null));
    assertThat(rotated.path("secret")).isNotEqualTo(webhook.path("secret"));

    ok(admin("POST", path + "/test", tenant, null));

    Received one = at("/rotated", 1).getFirst();
    assertThat(one.signedWith(webhook.path("secret").asString())).isTrue();
    assertThat(one.signedWith(rotated.path("secret").asString())).isTrue();
  }

  @Test
  void aBudgetTellsEachShareOnceAndItsEndToo() {
    Tenant tenant = server.newTenant();
    newWebhook(tenant, "/budget");
    server
        .bean(DatabaseClient.class)
        .sql(
            "insert into limits (scope, scope_id, kind, value) values ('organization', :id, 'tokens_per_day', 1000)")
        .bind("id", tenant.id())
        .then()
        .block();
    for (int percent : new int[] {50, 100}) {
      ok(
          admin(
              "POST",
              ALERTS,
              tenant,
              "{\"kind\": \"tokens_per_day\", \"threshold_percent\": %d}".formatted(percent)));
    }
    int refused = 0;
    long used = 0;
    while (refused < 3) {
      Answer answer =
          server.post(
              "/v1/completions",
              tenant.key(),
              "{\"model\": \"fake-model\", \"prompt\": \"%s\", \"max_tokens\": 10}"
                  .formatted("x".repeat(100)));
      if (answer.status() == 200) {
        used += answer.json().path("usage").path("total_tokens").longValue();
        server.usage(answer.header("x-request-id"));
      } else {
        assertThat(answer.status()).as(answer.text()).isEqualTo(429);
        refused++;
      }
    }
    assertThat(used).isEqualTo(990); // nine requests of 110 tokens

    // Events are delivered side by side, so they may arrive in any order.
    List<Received> alerts =
        at("/budget", 2).stream()
            .sorted(
                Comparator.comparingInt(
                    r -> r.json().path("data").path("threshold_percent").intValue()))
            .toList();
    JsonNode half = alerts.get(0).json().path("data");
    assertThat(alerts.get(0).json().path("type").asString()).isEqualTo("budget.alert");
    assertThat(half.path("threshold_percent").intValue()).isEqualTo(50);
    assertThat(half.path("limit").longValue()).isEqualTo(1000);
    assertThat(half.path("used").longValue()).isEqualTo(550); // five of them
    assertThat(half.path("refused").booleanValue()).isFalse();
    JsonNode whole = alerts.get(1).json().path("data");
    assertThat(whole.path("threshold_percent").intValue()).isEqualTo(100);
    assertThat(whole.path("used").longValue()).isEqualTo(990);
    assertThat(whole.path("refused").booleanValue()).isTrue();
    Long events =
        server
            .bean(DatabaseClient.class)
            .sql("select count(*) from outbox where tenant_id = cast(:id as uuid)")
            .bind("id", tenant.id())
            .map(row -> row.get(0, Long.class))
            .one()
            .block();
    assertThat(events).isEqualTo(2);
  }

  @Test
  void anotherTenantsWebhooksAndAlertsAreNotThere() {
    Tenant tenant = server.newTenant();
    Tenant other = server.newTenant();
    String webhook = WEBHOOKS + "/" + newWebhook(tenant, "/mine").path("id").asString();
    String alert =
        ALERTS
            + "/"
            + ok(admin("POST", ALERTS, tenant, "{\"threshold_percent\": 80}"))
                .path("id")
                .asString();
    List<Integer> statuses = new CopyOnWriteArrayList<>();
    statuses.add(admin("GET", webhook, other, null).status());
    statuses.add(admin("POST", webhook, other, "{\"status\": \"disabled\"}").status());
    statuses.add(admin("DELETE", webhook, other, null).status());
    statuses.add(admin("POST", webhook + "/rotate_secret", other, null).status());
    statuses.add(admin("POST", webhook + "/test", other, null).status());
    statuses.add(admin("GET", webhook + "/deliveries", other, null).status());
    statuses.add(admin("DELETE", alert, other, null).status());
    assertThat(statuses).containsOnly(404).hasSize(7);
    assertThat(ok(admin("GET", WEBHOOKS, other, null)).path("data").isEmpty()).isTrue();
    assertThat(ok(admin("GET", ALERTS, other, null)).path("data").isEmpty()).isTrue();
    assertThat(ok(admin("DELETE", webhook, tenant, null)).path("deleted").booleanValue()).isTrue();
    assertThat(ok(admin("DELETE", alert, tenant, null)).path("deleted").booleanValue()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://localhost/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1:8443/hook",
        "https://2130706433/hook",
        "https://user:password@example.com/hook",
        "ftp://example.com",
        "example.com",
        ""
      })
  void usuallyWebhooksGoToThePublicInternetOnly(String url) {
    TestServer usual = TestServer.fake();
    Tenant tenant = usual.newTenant();
    Answer answer =
        usual.send(
            usual
                .request(WEBHOOKS, TestServer.ADMIN_KEY)
                .header("OpenAI-Organization", tenant.id())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"url\": \"%s\"}".formatted(url)))
                .build());
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo("url");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"threshold_percent\": 0}",
        "{\"threshold_percent\": 101}",
        "{\"threshold_percent\": 50, \"kind\": \"tokens_per_minute\"}",
        "{\"threshold_percent\": 50, \"kind\": \"credit\"}"
      })
  void alertsThatCannotBeAreRefused(String body) {
    Answer answer = admin("POST", ALERTS, server.newTenant(), body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
  }
}
