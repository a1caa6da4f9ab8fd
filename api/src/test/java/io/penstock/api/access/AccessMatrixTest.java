package io.penstock.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.platform.KeyRights.Scope;
import io.penstock.api.platform.Role;
import io.penstock.api.platform.access.EndpointRules;
import io.penstock.api.platform.access.Right;
import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.result.method.RequestMappingInfo;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;

/**
 * Every endpoint with every kind of caller, with ids of the own and of another organization.
 * Endpoints are those that are mapped, so that none is forgotten.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessMatrixTest {
  private TestServer server;
  private Organization own;
  private Organization other;
  private EndpointRules rules;
  private final List<Who> callers = new ArrayList<>();
  private int checks;

  /** A mapped method. */
  private record Endpoint(String method, String pattern, Right right) {
    @Override
    public String toString() {
      return method + " " + pattern;
    }
  }

  @BeforeAll
  void start() {
    server = TestServer.withFakeEngine();
    rules = server.bean(EndpointRules.class);
    Answer first =
        server.post(
            "/auth/first-owner",
            TestServer.ADMIN_KEY,
            "{\"email\": \"first@example.test\", \"name\": \"First\", \"password\": \"%s\"}"
                .formatted(Organization.PASSWORD));
    assertThat(first.status()).as(first.text()).isEqualTo(201);
    own = new Organization(server);
    other = new Organization(server);
    callers.add(Who.nobody());
    callers.add(Who.operator());
    callers.add(own.operator);
    callers.add(Who.signedIn("first owner", "first@example.test", first).naming(own.name));
    for (String role : new String[] {"owner", "admin", "member", "viewer"}) {
      callers.add(own.person(role));
      callers.add(other.person(role).trespassing(own.name));
    }
    callers.add(
        Who.key("admin key", own.newAdminKey("").path("value").asString(), Who.ofRole(Role.OWNER)));
    callers.add(
        Who.key(
            "organization's usage key",
            own.newAdminKey(", \"scopes\": [\"usage:read\"]").path("value").asString(),
            Set.of(Right.USAGE)));
    callers.add(projectKey("project key", "inference", "usage:read"));
    callers.add(projectKey("inference key", "inference"));
    callers.add(projectKey("usage key", "usage:read"));
  }

  private Who projectKey(String name, String... scopes) {
    String key =
        own.newKey(", \"scopes\": [\"" + String.join("\", \"", scopes) + "\"]")
            .path("value")
            .asString();
    return Who.key(
        name,
        key,
        Who.ofScopes(
            java.util.Arrays.stream(scopes)
                .map(s -> s.equals("inference") ? Scope.INFERENCE : Scope.USAGE_READ)
                .toArray(Scope[]::new)));
  }

  @AfterAll
  void stop() {
    System.out.printf(
        "matrix: %d endpoints x %d callers = %d checks%n",
        endpoints().size(), callers.size(), checks);
    server.close();
  }

  private List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>();
    server
        .bean(RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach(
            (info, method) -> {
              if (isOurs(method)) {
                info.getPatternsCondition()
                    .getPatterns()
                    .forEach(
                        pattern ->
                            methods(info)
                                .forEach(
                                    verb ->
                                        all.add(
                                            new Endpoint(
                                                verb,
                                                pattern.getPatternString(),
                                                rules.of(method).orElse(null)))));
              }
            });
    all.sort(Comparator.comparing(Endpoint::pattern).thenComparing(Endpoint::method));
    return all;
  }

  private static boolean isOurs(HandlerMethod method) {
    return method.getBeanType().getName().startsWith("io.penstock.");
  }

  private static List<String> methods(RequestMappingInfo info) {
    Set<RequestMethod> methods = info.getMethodsCondition().getMethods();
    return methods.stream().map(Enum::name).toList();
  }

  @Test
  void everyEndpointHasARule() {
    assertThat(endpoints()).hasSizeGreaterThan(40).allSatisfy(e -> assertThat(e.right).isNotNull());
    assertThat(endpoints().stream().filter(e -> e.right == Right.PUBLIC).map(Endpoint::toString))
        .containsExactlyInAnyOrder(
            "GET /health",
            "GET /livez",
            "GET /readyz",
            "GET /metrics",
            "POST /auth/sign-in",
            "GET /auth/ways",
            "POST /auth/accept-invite");
  }

  @Test
  void everyEndpointIsDescribed() {
    var paths = server.get("/v3/api-docs", null).json().path("paths");
    for (Endpoint endpoint : endpoints()) {
      if (endpoint.pattern.equals("/metrics")) {
        continue; // of Prometheus, in a format of its own
      }
      String path = endpoint.pattern.replace("{*", "{");
      assertThat(paths.has(path) && paths.path(path).has(endpoint.method.toLowerCase()))
          .as("%s in the API's description", endpoint)
          .isTrue();
    }
  }

  /** Who lacks the right is refused before anything else is looked at, whatever the ids. */
  @Test
  void whoLacksTheRightIsRefused() {
    for (Endpoint endpoint : endpoints()) {
      String path = Samples.path(endpoint.pattern, Samples.idsOf(own));
      String body = Samples.body(endpoint.method, endpoint.pattern, own);
      for (Who who : callers) {
        if (!who.has(endpoint.right)) {
          Answer answer = who.send(server, endpoint.method, path, body);
          assertThat(answer.status())
              .as("%s by %s: %s", endpoint, who, answer.text())
              .isIn(refusals(endpoint, who));
          checks++;
        }
      }
    }
  }

  private static Set<Integer> refusals(Endpoint endpoint, Who who) {
    if (who.name.equals("nobody")) {
      return Set.of(401);
    }
    boolean ofOrganization = endpoint.right.least() != null;
    if (ofOrganization && who.name.endsWith("trespassing")) {
      return Set.of(404); // an organization that is not theirs does not exist
    }
    return ofOrganization && who.name.equals("operator") ? Set.of(400) : Set.of(403);
  }

  /** Who has the right gets what was asked for, of the own organization. */
  @Test
  void whoHasTheRightIsServed() {
    for (Endpoint endpoint : endpoints()) {
      if (endpoint.right == Right.PUBLIC) {
        continue; // asserted where they are tested
      }
      for (Who caller : callers) {
        if (caller.has(endpoint.right)) {
          // Sessions that end here must not be those of the others.
          Who who = endpoint.right == Right.SELF ? own.newPerson("viewer") : caller;
          Answer answer =
              who.send(
                  server,
                  endpoint.method,
                  Samples.path(endpoint.pattern, Samples.freshIdsOf(own, endpoint)),
                  Samples.body(endpoint.method, endpoint.pattern, own));
          assertThat(answer.status())
              .as("%s by %s: %s", endpoint, caller, answer.text())
              .isIn(Samples.good(endpoint.toString()));
          checks++;
        }
      }
    }
  }

  /** Ids of another organization do not exist, for whoever has the right in the own. */
  @Test
  void idsOfAnotherOrganizationAre404() {
    int asked = 0;
    for (Endpoint endpoint : endpoints()) {
      if (endpoint.right.least() == null || !endpoint.pattern.contains("{")) {
        continue;
      }
      for (Who who : callers) {
        if (!who.has(endpoint.right)) {
          continue;
        }
        for (Samples.Ids ids : Samples.mixes(own, other, endpoint.pattern)) {
          Answer answer =
              who.send(
                  server,
                  endpoint.method,
                  Samples.path(endpoint.pattern, ids),
                  Samples.body(endpoint.method, endpoint.pattern, own));
          assertThat(answer.status())
              .as("%s by %s with another's ids: %s", endpoint, who, answer.text())
              .isEqualTo(404);
          asked++;
          checks++;
        }
      }
    }
    assertThat(asked).isGreaterThan(100);
  }

  @Test
  void aSessionWithoutItsTokenChangesNothing() {
    for (Endpoint endpoint : endpoints()) {
      if (endpoint.method.equals("GET") || endpoint.right == Right.PUBLIC) {
        continue;
      }
      Answer answer =
          own.person("owner")
              .withoutCsrf()
              .send(
                  server,
                  endpoint.method,
                  Samples.path(endpoint.pattern, Samples.idsOf(own)),
                  Samples.body(endpoint.method, endpoint.pattern, own));
      assertThat(answer.status()).as(endpoint.toString()).isEqualTo(403);
    }
  }

  /** What an endpoint looks like whose author forgot the rule. */
  static final class Forgotten {
    @org.springframework.web.bind.annotation.ResponseBody
    public String answer() {
      return "nobody should read this";
    }
  }

  @Test
  void anEndpointWithoutARuleAnswersNobody() throws NoSuchMethodException {
    RequestMappingHandlerMapping mapping = server.bean(RequestMappingHandlerMapping.class);
    RequestMappingInfo info =
        RequestMappingInfo.paths("/v1/forgotten").methods(RequestMethod.GET).build();
    mapping.registerMapping(info, new Forgotten(), Forgotten.class.getMethod("answer"));
    try {
      for (Who who : callers) {
        Answer answer = who.send(server, "GET", "/v1/forgotten", null);
        assertThat(answer.status()).as(who.name).isEqualTo(403);
        assertThat(answer.text()).doesNotContain("nobody should read this");
      }
    } finally {
      mapping.unregisterMapping(info);
    }
  }
}
