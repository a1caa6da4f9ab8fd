package io.penstock.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whatever is sent as key, header, query or body: no answer is a 5xx, and no secret that was made
 * or shown gets into a line of the log.
 */
class AccessFuzzTest {
  private static final int TRIES = 250;
  private static final String CANARY = "the log is captured";
  private static final JsonMapper JSON = new JsonMapper();
  private static final AtomicInteger REQUESTS = new AtomicInteger();
  private static final List<String> SECRETS = new ArrayList<>();
  private static final List<String[]> WRITES = new ArrayList<>();
  private static final List<String[]> READS = new ArrayList<>();
  private static CapturedLog log;
  private static TestServer server;
  private static Organization organization;
  private static String key;

  @BeforeContainer
  static void start() {
    server = TestServer.withFakeEngine();
    log = new CapturedLog(); // after the start, which sets up logging anew
    LoggerFactory.getLogger(AccessFuzzTest.class).trace(CANARY);
    organization = new Organization(server);
    key = organization.newKey("").path("value").asString();
    SECRETS.add(key);
    SECRETS.add(TestServer.ADMIN_KEY);
    SECRETS.add(TestServer.API_KEY);
    SECRETS.add(Organization.PASSWORD);
    SECRETS.add("pepper-for-tests");
    SECRETS.add(organization.newAdminKey("").path("value").asString());
    SECRETS.add(organization.newAccount().path("api_key").path("value").asString());
    SECRETS.add(organization.newInvite().path("token").asString());
    SECRETS.add(organization.person("owner").secret());
    server
        .bean(RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach(
            (info, method) -> {
              if (method.getBeanType().getName().startsWith("io.penstock.")) {
                for (var pattern : info.getPatternsCondition().getPatterns()) {
                  for (RequestMethod verb : info.getMethodsCondition().getMethods()) {
                    String[] endpoint = {verb.name(), pattern.getPatternString()};
                    if (!endpoint[1].endsWith("/live")) { // a stream that never ends
                      (verb == RequestMethod.GET ? READS : WRITES).add(endpoint);
                    }
                  }
                }
              }
            });
    assertThat(WRITES).hasSizeGreaterThan(20);
  }

  @AfterContainer
  static void stop() {
    server.close();
    log.close();
    List<String> lines = log.lines();
    assertThat(lines).as("what is logged is seen here").contains(CANARY);
    assertThat(REQUESTS.get()).isGreaterThan(4 * TRIES);
    for (String secret : SECRETS) {
      String tail = secret.substring(Math.max(0, secret.length() - 43));
      assertThat(lines).as("a line of the log with a secret").noneMatch(l -> l.contains(tail));
    }
    System.out.printf(
        "fuzz: %d requests, %d log lines, %d secrets looked for, none found%n",
        REQUESTS.get(), lines.size(), SECRETS.size());
  }

  private static void check(String what, int status, String text) {
    REQUESTS.incrementAndGet();
    assertThat(status).as("%s: %s", what, text).isLessThan(500);
  }

  /** Bytes that a line of HTTP can hold, and texts near to real keys. */
  @Provide
  Arbitrary<String> values() {
    Arbitrary<String> bytes =
        Arbitraries.strings().withCharRange((char) 0x20, (char) 0xff).ofMaxLength(300);
    Arbitrary<String> controls =
        Arbitraries.strings().withCharRange((char) 0, (char) 0x1f).ofMaxLength(5);
    Arbitrary<String> near =
        Arbitraries.integers()
            .between(0, 75)
            .flatMap(
                at ->
                    Arbitraries.chars()
                        .range((char) 0x20, (char) 0x7f)
                        .map(c -> changed(key, at, c)));
    return Arbitraries.oneOf(
        bytes,
        controls,
        near,
        near.map(n -> "Bearer " + n),
        bytes.map(b -> "Bearer " + b),
        bytes.map(b -> "penstock_session=" + b),
        Arbitraries.of(
            "Bearer", "Bearer  ", "Basic dTpw", "null", "x".repeat(7000), organization.id));
  }

  private static String changed(String text, int at, char c) {
    int i = Math.min(at, text.length() - 1);
    return text.substring(0, i) + c + text.substring(i + 1);
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void keys(@ForAll("values") String value) {
    int status = RawRequest.send(server, "GET", "/v1/models", Map.of("Authorization", value), null);
    check("GET /v1/models with " + value, status, "");
    if (!value.strip().equalsIgnoreCase("Bearer " + key)) {
      assertThat(status).as(value).isNotEqualTo(200);
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void headers(@ForAll("values") String value, @ForAll int which) {
    String[] names = {
      "OpenAI-Organization",
      "OpenAI-Project",
      "X-Forwarded-For",
      "Cookie",
      "X-CSRF-Token",
      "User-Agent",
      "Accept",
      "x-request-deadline-ms",
      "Content-Type",
      "Origin"
    };
    Map<String, String> headers = new LinkedHashMap<>();
    boolean withKey = which % 3 != 0;
    if (withKey) {
      headers.put("Authorization", "Bearer " + TestServer.ADMIN_KEY);
      headers.put("OpenAI-Organization", organization.name);
      headers.put("Content-Type", "application/json");
    }
    headers.put(names[Math.floorMod(which, names.length)], value);
    check(
        "POST a project with " + headers.keySet(),
        RawRequest.send(
            server, "POST", "/v1/organization/projects", headers, "{\"name\": \"fuzzed\"}"),
        value);
  }

  @Provide
  Arbitrary<Object> json() {
    Arbitrary<Object> scalars =
        Arbitraries.oneOf(
            Arbitraries.strings().all().ofMaxLength(120).map(s -> s),
            Arbitraries.of(
                "\u0000",
                "\ud800",
                "default",
                "owner",
                "allow_list",
                "Europe/Berlin",
                "10.0.0.0/8",
                "::/0",
                "a@b.c",
                "sk-penstock-aaaaaaaaaaaa-" + "A".repeat(43),
                "2026-01-01T00:00:00Z",
                "0001-01-01T00:00:00Z",
                "+999999999-01-01T00:00:00Z"),
            Arbitraries.longs().map(l -> l),
            Arbitraries.doubles().map(d -> d),
            Arbitraries.of(0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1e300),
            Arbitraries.of(true, false),
            Arbitraries.just(organization.projectId),
            Arbitraries.create(() -> null));
    return Arbitraries.oneOf(
        scalars,
        scalars.list().ofMaxSize(4).map(l -> l),
        Arbitraries.maps(Arbitraries.strings().alpha().ofMaxLength(8), scalars)
            .ofMaxSize(3)
            .map(m -> m));
  }

  @Provide
  Arbitrary<Map<String, Object>> bodies() {
    Arbitrary<String> names =
        Arbitraries.of(
            "name",
            "expires_in_seconds",
            "scopes",
            "allowed_models",
            "denied_models",
            "allowed_cidrs",
            "project_id",
            "overlap_seconds",
            "time_zone",
            "status",
            "plan",
            "tiers",
            "weight",
            "mode",
            "model_ids",
            "user_id",
            "role",
            "email",
            "password",
            "token",
            "current_password",
            "new_password",
            "threshold_amount",
            "currency",
            "interval",
            "max_requests_per_1_minute",
            "scope",
            "scope_id",
            "model",
            "kind",
            "value",
            "prompt",
            "cached",
            "completion",
            "compute_second",
            "valid_from",
            "amount_micros",
            "id",
            "note",
            "messages",
            "max_tokens",
            "tokens",
            "url",
            "events",
            "thresholds",
            "secret");
    return Arbitraries.maps(names, json()).ofMaxSize(6);
  }

  /** Right bodies with some fields replaced, so that most get past the first check. */
  @Property(tries = 3 * TRIES, shrinking = ShrinkingMode.OFF)
  void bodies(
      @ForAll("bodies") Map<String, Object> fields, @ForAll int which, @ForAll boolean mixed) {
    String[] endpoint = WRITES.get(Math.floorMod(which, WRITES.size()));
    String path =
        Samples.path(endpoint[1], Samples.freshIdsOf(organization, String.join(" ", endpoint)));
    String body = JSON.writeValueAsString(mixed ? mixed(endpoint, fields) : fields);
    Who who = endpoint[1].startsWith("/admin") ? Who.operator() : organization.operator;
    if (endpoint[1].startsWith("/v1/c")
        || endpoint[1].startsWith("/v1/embeddings")
        || endpoint[1].contains("tokenize")) {
      who = Who.key("key", key, java.util.Set.of());
    }
    if (endpoint[1].startsWith("/auth")) {
      who =
          endpoint[1].contains("accept") || endpoint[1].contains("sign-in")
              ? Who.nobody()
              : organization.person("member");
      if (endpoint[1].contains("sign-out")) {
        return; // it would end the session of the tries that follow
      }
    }
    Answer answer = who.send(server, endpoint[0], path, body);
    remember(answer);
    check(endpoint[0] + " " + endpoint[1] + " " + body, answer.status(), answer.text());
  }

  private static Map<String, Object> mixed(String[] endpoint, Map<String, Object> fields) {
    String right = Samples.body(endpoint[0], endpoint[1], organization);
    @SuppressWarnings("unchecked")
    Map<String, Object> all = right == null ? Map.of() : JSON.readValue(right, Map.class);
    Map<String, Object> mixture = new LinkedHashMap<>(all);
    fields.entrySet().stream().limit(2).forEach(e -> mixture.put(e.getKey(), e.getValue()));
    return mixture;
  }

  /** What was made on the way must not be logged either. */
  private static void remember(Answer answer) {
    if (answer.status() / 100 == 2 && !answer.text().isBlank()) {
      for (String field : new String[] {"value", "key", "token", "csrf_token"}) {
        String secret = answer.json().path(field).asString("");
        if (secret.length() >= 43) {
          SECRETS.add(secret);
        }
      }
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void queriesAndPaths(@ForAll("values") String value, @ForAll int which, @ForAll boolean inPath) {
    String[] endpoint = READS.get(Math.floorMod(which, READS.size()));
    String encoded = URLEncoder.encode(value, StandardCharsets.UTF_8);
    String[] names = {
      "limit",
      "after",
      "before",
      "tenant",
      "include_archived",
      "effective_at[gt]",
      "event_types[]",
      "start_time",
      "end_time",
      "bucket_width",
      "group_by",
      "page",
      "month",
      "scope",
      "scope_id",
      "model",
      "format"
    };
    String pattern = endpoint[1];
    String path =
        inPath && pattern.contains("{")
            ? pattern.replaceAll(
                "\\{[^}]*}",
                encoded.isEmpty() ? "x" : java.util.regex.Matcher.quoteReplacement(encoded))
            : Samples.path(pattern, Samples.idsOf(organization));
    String query = names[Math.floorMod(which / 31, names.length)] + "=" + encoded;
    Map<String, String> headers =
        pattern.startsWith("/v1/models")
            ? Map.of("Authorization", "Bearer " + key)
            : pattern.startsWith("/admin")
                ? Map.of("Authorization", "Bearer " + TestServer.ADMIN_KEY)
                : Map.of(
                    "Authorization",
                    "Bearer " + TestServer.ADMIN_KEY,
                    "OpenAI-Organization",
                    organization.name);
    String target =
        path + (path.contains("?") ? "&" : "?") + query.replace("[", "%5B").replace("]", "%5D");
    check(target, RawRequest.send(server, "GET", target, headers, null), value);
  }
}
