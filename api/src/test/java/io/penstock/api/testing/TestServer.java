package io.penstock.api.testing;

import io.penstock.api.PenstockApplication;
import io.penstock.api.models.EngineLoader;
import io.penstock.api.models.ModelSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.http.client.ReactorResourceFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole Penstock on a free port, with an HTTP client to talk to it. */
public final class TestServer implements AutoCloseable {
  public static final String ADMIN_KEY = "admin-key-for-tests-0123456789";
  public static final String API_KEY = "sk-tests-0123456789abcdef";
  public static final String MODEL = "fake-model";
  private static final Queue<TestServer> RUNNING = new ConcurrentLinkedQueue<>();
  private static final JsonMapper JSON = new JsonMapper();

  private final ConfigurableApplicationContext context;
  private final HttpClient client = HttpClient.newHttpClient();

  private TestServer(Class<?> models, List<String> arguments) {
    SpringApplication application =
        models == null
            ? new SpringApplication(PenstockApplication.class, OwnEventLoops.class)
            : new SpringApplication(PenstockApplication.class, OwnEventLoops.class, models);
    application.setRegisterShutdownHook(false); // see closeAll
    this.context = application.run(arguments.toArray(String[]::new));
    RUNNING.add(this);
  }

  static void closeAll() {
    RUNNING.forEach(TestServer::close);
  }

  private static final class Shared {
    private static final TestServer FAKE = withFakeEngine();
  }

  /** One server over a {@link FakeEngine} for all tests that leave it as they found it. */
  public static TestServer fake() {
    Shared.FAKE.engine().reset();
    return Shared.FAKE;
  }

  /** A server of its own over a {@link FakeEngine} and a database of its own. */
  public static TestServer withFakeEngine(String... arguments) {
    List<String> all = new ArrayList<>(TestDatabase.newDatabase());
    all.addAll(Arrays.asList(arguments));
    return withFakeEngineOn(all.toArray(String[]::new));
  }

  /** A server of its own over a {@link FakeEngine}; the arguments name the database. */
  public static TestServer withFakeEngineOn(String... arguments) {
    Map<String, String> all = new LinkedHashMap<>();
    common().forEach(argument -> put(all, argument));
    put(all, "--penstock.model=" + MODEL + "=nowhere");
    put(all, "--penstock.max-body-size=64KB");
    Arrays.asList(arguments).forEach(argument -> put(all, argument));
    TestServer server =
        new TestServer(
            FakeModels.class,
            all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    server.awaitReady();
    return server;
  }

  /** A later argument replaces an earlier one; Spring would join the two by a comma. */
  private static void put(Map<String, String> arguments, String argument) {
    int equals = argument.indexOf('=');
    arguments.put(argument.substring(0, equals), argument.substring(equals + 1));
  }

  /** A server of its own that loads real models. */
  public static TestServer withRealEngine(String... arguments) {
    List<String> all = new ArrayList<>(common());
    all.addAll(TestDatabase.newDatabase());
    all.addAll(Arrays.asList(arguments));
    return new TestServer(null, all);
  }

  /** A server with nothing but these arguments. */
  public static TestServer plain(String... arguments) {
    return new TestServer(FakeModels.class, List.of(arguments));
  }

  private static List<String> common() {
    return List.of(
        "--penstock.port=0",
        "--penstock.admin-key=" + ADMIN_KEY,
        "--penstock.api-key=" + API_KEY,
        "--penstock.key-pepper=pepper-for-tests",
        "--penstock.drain-timeout=5s",
        "--penstock.max-tenant-labels=10000",
        "--penstock.data-dir=" + newDirectory());
  }

  public static Path newDirectory() {
    try {
      return Files.createTempDirectory("penstock-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Several servers in one JVM must not close each other's event loops. */
  static class OwnEventLoops {
    @Bean
    ReactorResourceFactory reactorResourceFactory() {
      ReactorResourceFactory factory = new ReactorResourceFactory();
      factory.setUseGlobalResources(false);
      return factory;
    }
  }

  /**
   * Fake models, of which tests steer the first. Not a component: only servers that name it get it.
   */
  static class FakeModels {
    @Bean(destroyMethod = "") // the catalogue closes it
    FakeEngine fakeEngine() {
      return new FakeEngine(MODEL);
    }

    @Bean
    @Primary
    EngineLoader fakeLoader(FakeEngine engine) {
      return (options, _) ->
          (options.modelId().equals(MODEL) ? engine : new FakeEngine(options.modelId()))
              .askFor(options.budget());
    }

    @Bean
    @Primary
    ModelSource fakeSource() {
      return (reference, _) -> Path.of(reference);
    }
  }

  public FakeEngine engine() {
    return context.getBean(FakeEngine.class);
  }

  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  public String url() {
    return "http://localhost:" + context.getEnvironment().getProperty("local.server.port");
  }

  /** An answer whose body is text. */
  public record Answer(int status, String text, HttpResponse<String> response) {
    public JsonNode json() {
      return JSON.readTree(text);
    }

    public JsonNode error() {
      return json().path("error");
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    /** The data of server-sent events, the last of which must be {@code [DONE]}. */
    public List<JsonNode> events() {
      List<String> data =
          Arrays.stream(text.split("\n\n"))
              .map(event -> event.replaceFirst("^data: ", ""))
              .toList();
      if (!data.getLast().equals("[DONE]")) {
        throw new AssertionError("the stream does not end with [DONE] but with " + data.getLast());
      }
      return data.subList(0, data.size() - 1).stream().map(JSON::readTree).toList();
    }
  }

  public HttpRequest.Builder request(String path, String key) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofSeconds(30));
    return key == null ? request : request.header("Authorization", "Bearer " + key);
  }

  public Answer get(String path, String key) {
    return send(request(path, key).GET().build());
  }

  public Answer post(String path, String key, String body) {
    return send(
        request(path, key)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  /** With the tenant's key. */
  public Answer post(String path, String body) {
    return post(path, API_KEY, body);
  }

  public Answer send(HttpRequest request) {
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static final AtomicInteger TENANTS = new AtomicInteger();

  /** A tenant made for a test, with a key of its own. */
  public record Tenant(String id, String name, String key) {}

  /** A new tenant on the standard plan. */
  public Tenant newTenant() {
    String name = "made-" + TENANTS.incrementAndGet();
    String id =
        created("/admin/tenants", "{\"name\": \"%s\"}".formatted(name)).path("id").asString();
    String key =
        created("/admin/tenants/" + id + "/keys", "{\"name\": \"test\"}").path("key").asString();
    return new Tenant(id, name, key);
  }

  /**
   * A new tenant on a plan of its own.
   *
   * @param terms the plan's fields as JSON, without braces and name
   */
  public Tenant newTenant(String terms) {
    Tenant tenant = newTenant();
    String more = terms.isEmpty() ? "" : ", " + terms;
    created("/admin/plans", "{\"name\": \"%s\"%s}".formatted(tenant.name, more));
    Answer answer =
        put("/admin/tenants/" + tenant.id + "/plan", "{\"plan\": \"%s\"}".formatted(tenant.name));
    if (answer.status != 200) {
      throw new AssertionError(answer.text);
    }
    return tenant;
  }

  private JsonNode created(String path, String body) {
    Answer answer = post(path, ADMIN_KEY, body);
    if (answer.status != 201) {
      throw new AssertionError(answer.text);
    }
    return answer.json();
  }

  /** With the admin key. */
  public Answer put(String path, String body) {
    return send(
        request(path, ADMIN_KEY)
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  /** The usage row of a request, waiting for the ledger to write it. */
  public JsonNode usage(String requestId) {
    return await(
        "a usage row of " + requestId,
        () -> {
          for (JsonNode row : get("/admin/usage?limit=500", ADMIN_KEY).json().path("data")) {
            if (row.path("request_id").asString().equals(requestId)) {
              return row;
            }
          }
          return null;
        });
  }

  public void awaitReady() {
    await("readiness", () -> get("/readyz", null).status() == 200 ? true : null);
  }

  /** Asks until there is an answer, for at most 30 s. */
  public static <T> T await(String what, Supplier<T> question) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (System.nanoTime() < deadline) {
      T answer = question.get();
      if (answer != null) {
        return answer;
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    throw new AssertionError("waited in vain for " + what);
  }

  @Override
  public void close() {
    RUNNING.remove(this);
    context.close();
  }
}
