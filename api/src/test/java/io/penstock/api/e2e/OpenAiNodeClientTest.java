package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** OpenAI's own npm client against a real model; the steps are in src/test/node. */
class OpenAiNodeClientTest {
  private static final Path SOURCE = Path.of("src/test/node");
  private static final Path WORK = Path.of("target/node-client");

  @Test
  void theNpmClientWorks() throws IOException, InterruptedException {
    Files.createDirectories(WORK);
    for (String file : new String[] {"package.json", "package-lock.json", "client-test.mjs"}) {
      Files.copy(SOURCE.resolve(file), WORK.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    run("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline");

    String output =
        run(
            "node",
            "client-test.mjs",
            TinyModel.server().url() + "/v1",
            TestServer.API_KEY,
            TinyModel.ID);

    assertThat(output).contains("\"prompt_tokens\":");
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(WORK.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command) + "\n" + output).isZero();
    return output;
  }
}
