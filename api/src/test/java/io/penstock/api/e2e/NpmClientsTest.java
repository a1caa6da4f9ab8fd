package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * OpenAI's and Anthropic's own npm clients against a real model; the steps are in src/test/node.
 */
class NpmClientsTest {
  private static final Path SOURCE = Path.of("src/test/node");
  private static final Path WORK = Path.of("target/node-client");

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    Files.createDirectories(WORK);
    try (Stream<Path> files = Files.list(SOURCE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, WORK.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    run("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline");
  }

  @ParameterizedTest
  @CsvSource({
    "client-test.mjs, prompt_tokens",
    "openai-more.mjs, files and batches",
    "openai-structured.mjs, streamed objects",
    "openai-retries.mjs, what is of no use is not tried again",
    "anthropic.mjs, token counts",
  })
  void works(String program, String said) throws IOException, InterruptedException {
    String output =
        run(
            "node",
            program,
            TinyModel.url() + "/v1",
            TinyModel.key(),
            TinyModel.ID,
            TinyModel.SLOW,
            TinyModel.adminKey());

    assertThat(output).contains(said);
    System.out.println("npm client: " + output.strip());
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
