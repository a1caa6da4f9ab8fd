package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.testing.TestServer;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * What a tenant sees of the scheduler, with a real model that computes one sequence at a time: what
 * comes meanwhile has to wait.
 */
class SchedulingTest {
  private static final int LONG = 2000;
  private static final TestServer SERVER = start();
  private static final ExecutorService CLIENTS = Executors.newVirtualThreadPerTaskExecutor();
  private static final String ALL_TIERS = "\"tiers\": [\"priority\", \"default\", \"flex\"]";

  private static TestServer start() {
    TestServer server =
        TestServer.withRealEngine(
            "--penstock.model=" + TinyModel.ID + "=" + TinyModel.FIXTURE,
            "--penstock.kv-cache-size=64MB",
            "--penstock.threads=1",
            "--penstock.max-num-seqs=1",
            "--penstock.max-queued-requests=6");
    server.awaitReady();
    return server;
  }

  @AfterAll
  static void end() {
    CLIENTS.shutdown();
    SERVER.close();
  }

  @BeforeEach
  void idle() {
    TestServer.await(
        "an idle engine", () -> load().running() + load().waiting() == 0 ? true : null);
  }

  /** Asked of the engine itself: a page of metrics takes as long as many tokens. */
  private static ServedModel.Load load() {
    return SERVER.bean(ModelRegistry.class).require(TinyModel.ID).load();
  }

  private static double metric(String series) {
    return SERVER
        .get("/metrics", null)
        .text()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + series));
  }

  private static String body(String prompt, int tokens, String more) {
    return "{\"model\": \"tiny\", \"temperature\": 0, \"ignore_eos\": true, \"prompt\": \"%s\", \"max_tokens\": %d%s}"
        .formatted(prompt, tokens, more);
  }

  private static TestServer.Answer complete(String key, int tokens, String more) {
    return SERVER.post("/v1/completions", key, body("Hi", tokens, more));
  }

  private static CompletableFuture<TestServer.Answer> inBackground(
      String key, int tokens, String more) {
    return CompletableFuture.supplyAsync(() -> complete(key, tokens, more), CLIENTS);
  }

  /** A request that keeps the engine busy for a while. */
  private static CompletableFuture<TestServer.Answer> busy(String key, String more) {
    CompletableFuture<TestServer.Answer> blocker = inBackground(key, LONG, more);
    TestServer.await("the engine to be busy", () -> load().running() == 1 ? true : null);
    return blocker;
  }

  private static void waiting(int requests) {
    TestServer.await(
        requests + " requests to wait", () -> load().waiting() == requests ? true : null);
  }

  private static JsonNode usage(CompletableFuture<TestServer.Answer> answer) {
    assertThat(answer.join().status()).as(answer.join().text()).isEqualTo(200);
    return SERVER.usage(answer.join().header("x-request-id"));
  }

  /** Rows are written in the order in which requests end. */
  private static long row(CompletableFuture<TestServer.Answer> answer) {
    return usage(answer).path("id").longValue();
  }

  @Test
  void priorityOrdersATenantsOwnRequests() {
    String key = SERVER.newTenant().key();
    var blocker = busy(key, "");
    var later = inBackground(key, 5, ", \"priority\": 3");
    waiting(1);
    var middle = inBackground(key, 5, "");
    waiting(2);
    var first = inBackground(key, 5, ", \"priority\": -3");
    waiting(3);
    String series = "penstock_tier_requests_waiting{model=\"tiny\",tier=\"default\"}";
    TestServer.await("the metric", () -> metric(series) == 3 ? true : null);

    assertThat(row(blocker)).isLessThan(row(first));
    assertThat(row(first)).isLessThan(row(middle));
    assertThat(row(middle)).isLessThan(row(later));
  }

  /** It goes on where it was, with the same tokens. */
  @Test
  void aLowerTierYieldsToAHigherOne() {
    String key = SERVER.newTenant(ALL_TIERS).key();
    var alone = usageAndText(inBackground(key, LONG, ", \"service_tier\": \"flex\""));
    var flex = busy(key, ", \"service_tier\": \"flex\"");

    var priority = inBackground(key, 5, ", \"service_tier\": \"priority\"");

    assertThat(row(priority)).isLessThan(row(flex));
    assertThat(priority.join().json().path("service_tier").asString()).isEqualTo("priority");
    assertThat(usage(priority).path("service_tier").asString()).isEqualTo("priority");
    assertThat(usage(flex).path("completion_tokens").intValue()).isEqualTo(LONG);
    assertThat(usageAndText(flex)).isEqualTo(alone);
  }

  private static String usageAndText(CompletableFuture<TestServer.Answer> answer) {
    return usage(answer).path("completion_tokens")
        + answer.join().json().path("choices").get(0).path("text").asString();
  }

  private static TestServer.Answer withDeadline(String key, int millis, int tokens) {
    return SERVER.send(
        SERVER
            .request("/v1/completions", key)
            .header("Content-Type", "application/json")
            .header("x-request-deadline-ms", Integer.toString(millis))
            .POST(HttpRequest.BodyPublishers.ofString(body("Hi", tokens, "")))
            .build());
  }

  @Test
  void aDeadlineThatCannotBeMetIsRefusedAtOnce() {
    String key = SERVER.newTenant().key();
    usage(inBackground(key, 200, "")); // from which the engine learns what steps take
    var blocker = busy(key, "");

    TestServer.Answer refused = withDeadline(key, 20, LONG);

    assertThat(blocker.isDone()).isFalse();
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.error().path("code").asString()).isEqualTo("deadline_unmeetable");
    assertThat(refused.header("x-should-retry")).isEqualTo("false");
    usage(blocker);
    assertThat(withDeadline(key, 60_000, 5).status()).isEqualTo(200);
  }

  @Test
  void whatIsTooMuchOfOneTenantIsRefusedToItAlone() {
    TestServer.Tenant greedy = SERVER.newTenant("\"max_queued_requests\": 2");
    var blocker = busy(greedy.key(), "");
    var second = inBackground(greedy.key(), 5, "");
    var third = inBackground(greedy.key(), 5, "");
    waiting(2);

    TestServer.Answer refused = complete(greedy.key(), 5, "");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.error().path("code").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(refused.error().path("message").asString()).contains(greedy.name());
    long millis = Long.parseLong(refused.header("retry-after-ms"));
    assertThat(millis).isBetween(1L, 60_000L);
    assertThat(Long.parseLong(refused.header("retry-after"))).isEqualTo((millis + 999) / 1000);
    var other = inBackground(SERVER.newTenant().key(), 5, "");
    for (var answer : List.of(blocker, second, third, other)) {
      usage(answer);
    }
  }

  /** A tenant with a short queue takes the place of one with a long queue. */
  @Test
  void aFullQueueRefusesThoseWhoFillIt() {
    String greedy = SERVER.newTenant().key();
    var blocker = busy(greedy, "");
    List<CompletableFuture<TestServer.Answer>> queued = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      queued.add(inBackground(greedy, 50, ""));
      waiting(i + 1);
    }

    TestServer.Answer one = complete(greedy, 50, "");
    assertThat(one.status()).isEqualTo(503);
    assertThat(one.error().path("code").asString()).isEqualTo("server_is_overloaded");
    assertThat(Long.parseLong(one.header("retry-after"))).isPositive();
    TestServer.Answer modest = complete(SERVER.newTenant().key(), 5, "");

    assertThat(modest.status()).as(modest.text()).isEqualTo(200);
    usage(blocker);
    List<Integer> statuses = queued.stream().map(a -> a.join().status()).toList();
    assertThat(statuses).containsExactly(200, 200, 200, 200, 200, 503);
    JsonNode error = queued.getLast().join().error();
    assertThat(error.path("code").asString()).isEqualTo("server_is_overloaded");
    assertThat(queued.getLast().join().header("retry-after")).isNotNull();
  }

  private static int cachedTokens(String key, String prompt) {
    TestServer.Answer answer = SERVER.post("/v1/completions", key, body(prompt, 2, ""));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode usage = answer.json().path("usage");
    int cached = usage.path("prompt_tokens_details").path("cached_tokens").intValue();
    assertThat(cached).isLessThan(usage.path("prompt_tokens").intValue());
    assertThat(SERVER.usage(answer.header("x-request-id")).path("cached_tokens").intValue())
        .isEqualTo(cached);
    return cached;
  }

  /** Whether others asked the same must not show (CVE-2025-46570), unless a plan shares. */
  @Test
  void cachedPrefixesAreATenantsOwnUnlessItsPlanSharesThem() {
    String prompt = "It is of no concern to others what I ask. ".repeat(6);
    String key = SERVER.newTenant().key();
    double hits = metric("penstock_prefix_cache_hit_tokens_total{model=\"tiny\"}");
    assertThat(cachedTokens(key, prompt)).isZero();
    int cached = cachedTokens(key, prompt);
    assertThat(cached).isGreaterThanOrEqualTo(16);
    assertThat(metric("penstock_prefix_cache_hit_tokens_total{model=\"tiny\"}"))
        .isEqualTo(hits + cached);

    assertThat(cachedTokens(SERVER.newTenant().key(), prompt)).isZero();
    String group = "\"cache_group\": \"family\"";
    String sharing = SERVER.newTenant(group).key();
    assertThat(cachedTokens(sharing, prompt)).isZero();
    assertThat(cachedTokens(SERVER.newTenant(group).key(), prompt)).isEqualTo(cached);
    assertThat(cachedTokens(SERVER.newTenant().key(), prompt)).isZero();
  }

  @Test
  void aRowSaysWhatARequestTookOfTheSteps() {
    double before = metric("penstock_engine_step_seconds_total{model=\"tiny\"}");
    JsonNode small = usage(inBackground(SERVER.newTenant().key(), 100, ""));
    JsonNode large = usage(inBackground(SERVER.newTenant().key(), LONG, ""));
    double stepMicros =
        1e6 * (metric("penstock_engine_step_seconds_total{model=\"tiny\"}") - before);

    long both = small.path("compute_us").longValue() + large.path("compute_us").longValue();
    assertThat(small.path("compute_us").longValue()).isPositive();
    assertThat(both).isBetween((long) (stepMicros * 0.5), (long) (stepMicros * 1.05));
    assertThat(large.path("compute_us").longValue())
        .isGreaterThan(5 * small.path("compute_us").longValue());
    assertThat(large.path("kv_kib_seconds").longValue()).isPositive();
    assertThat(large.path("error_code").isNull()).isTrue();
  }

  @Test
  void anAllowanceEndsAnAnswerAtItsLastToken() {
    String key = SERVER.newTenant("\"max_output_tokens_per_minute\": 40").key();

    var answer = inBackground(key, 100, "");

    assertThat(usage(answer).path("completion_tokens").intValue()).isEqualTo(40);
    assertThat(usage(answer).path("error_code").asString()).isEqualTo("rate_limit_exceeded");
    JsonNode choice = answer.join().json().path("choices").get(0);
    assertThat(choice.path("finish_reason").asString()).isEqualTo("length");
    assertThat(choice.path("error").path("code").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(complete(key, 1, "").status()).isEqualTo(429);
  }
}
