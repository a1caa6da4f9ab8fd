package io.penstock.api.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The console's client is generated from a copy of the API's description; this says when the copy
 * is not that of the server any more. {@code -Dopenapi=write} writes it anew, then {@code npm run
 * api} in {@code admin-ui} makes the client.
 */
class ConsoleDescriptionTest {
  private static final Path COPY = Path.of("..", "admin-ui", "openapi.json");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void theConsolesCopyIsCurrent() throws IOException {
    JsonNode served = TestServer.fake().get("/v3/api-docs", null).json();
    Map<String, Object> sorted = sorted(served);
    sorted.remove("servers"); // where this test's server listens
    String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(sorted) + "\n";
    if ("write".equals(System.getProperty("openapi"))) {
      Files.writeString(COPY, text);
    }

    Map<String, Object> copy = sorted(JSON.readTree(Files.readString(COPY)));

    assertThat(copy)
        .as("admin-ui/openapi.json; run this test with -Dopenapi=write")
        .isEqualTo(sorted);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> sorted(JsonNode node) {
    return (Map<String, Object>) plain(JSON.convertValue(node, Object.class));
  }

  private static Object plain(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((key, inner) -> sorted.put((String) key, plain(inner)));
      return sorted;
    }
    return value instanceof java.util.List<?> list
        ? list.stream().map(ConsoleDescriptionTest::plain).toList()
        : value;
  }
}
