package io.penstock.api.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With no configuration: an embedded database, generated keys shown once, data kept. */
class FirstRunTest {
  @TempDir Path directory;

  private record Run(TestServer server, String output) {}

  private Run start() {
    PrintStream standard = System.out;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    try {
      return new Run(
          TestServer.plain(
              "--penstock.port=0",
              "--penstock.data-dir=" + directory,
              "--penstock.model=tiny=nowhere"),
          output.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(standard);
    }
  }

  private static String find(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
    return matcher.group(1);
  }

  @Test
  void printsCredentialsOnceAndKeepsThem() {
    Run first = start();
    String apiKey = find("API key +(sk-penstock-\\S+)", first.output());
    String adminKey = find("admin key +(sk-penstock-admin-\\S+)", first.output());
    try (TestServer server = first.server()) {
      assertThat(first.output())
          .contains(server.url() + "/console")
          .contains("curl -N " + server.url() + "/v1/chat/completions")
          .contains("\"model\": \"tiny\"");
      assertThat(server.get("/v1/models", apiKey).status()).isEqualTo(200);
      assertThat(
              server
                  .get("/admin/tenants", adminKey)
                  .json()
                  .path("data")
                  .get(0)
                  .path("name")
                  .asString())
          .isEqualTo("default");
    }

    Run second = start();
    try (TestServer server = second.server()) {
      assertThat(second.output()).contains("/console").doesNotContain("sk-penstock-");
      assertThat(server.get("/v1/models", apiKey).status()).isEqualTo(200);
      assertThat(server.get("/admin/tenants", adminKey).status()).isEqualTo(200);
    }
  }
}
