package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.FakeEngine;
import io.penstock.api.testing.TestServer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A client that goes away stops its generation, and what was generated is accounted. */
class DisconnectTest {
  private final TestServer server = TestServer.fake();
  private final FakeEngine engine = server.engine();

  private Socket send(boolean stream) throws IOException {
    String body =
        """
        {"model": "fake-model", "messages": [{"role": "user", "content": "Hi"}],
         "ignore_eos": true, "stream": %s}"""
            .formatted(stream);
    Socket socket = new Socket("localhost", URI.create(server.url()).getPort());
    socket
        .getOutputStream()
        .write(
            ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
                .formatted(TestServer.API_KEY, body.length(), body)
                .getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whileTokensAreGenerated(boolean stream) throws IOException {
    engine.stepNanos(TimeUnit.MILLISECONDS.toNanos(5));
    long before = engine.metrics().generationTokens();
    String id;
    try (Socket socket = send(stream)) {
      if (stream) {
        byte[] some = new byte[2000];
        assertThat(socket.getInputStream().readNBytes(some, 0, some.length)).isEqualTo(2000);
      }
      id = TestServer.await("the request", this::submitted);
      TestServer.await(
          "some tokens", () -> engine.metrics().generationTokens() > before + 5 ? true : null);
    }

    TestServer.await("the cancellation", () -> engine.cancelled().contains(id) ? true : null);
    TestServer.await("an idle engine", () -> engine.active() == 0 ? true : null);
    JsonNode row = server.usage(id);
    assertThat(row.path("finish_reason").asString()).isEqualTo("cancelled");
    assertThat(row.path("completion_tokens").intValue())
        .isPositive()
        .isLessThan(FakeEngine.MAX_MODEL_LEN - 30);
    assertThat(row.path("prompt_tokens").intValue()).isPositive();
    assertThat(row.path("streamed").booleanValue()).isEqualTo(stream);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whileTheRequestWaits(boolean stream) throws IOException {
    engine.pause();
    String id;
    try (Socket _ = send(stream)) {
      id = TestServer.await("the request", this::submitted);
    }

    TestServer.await("the cancellation", () -> engine.cancelled().contains(id) ? true : null);
    engine.resume();
    JsonNode row = server.usage(id);
    assertThat(row.path("finish_reason").asString()).isEqualTo("cancelled");
    assertThat(row.path("completion_tokens").intValue()).isZero();
  }

  private String submitted() {
    return engine.submitted().isEmpty() ? null : engine.submitted().getFirst().id();
  }

  /** A client that does not read gets larger pieces later, and holds nobody up. */
  @Test
  void aSlowReaderLosesNothing() throws IOException, InterruptedException {
    try (Socket socket = send(true)) {
      String id = TestServer.await("the request", this::submitted);
      JsonNode row = server.usage(id); // it ends although nobody reads

      String text = new String(readToDone(socket), StandardCharsets.UTF_8);

      int letters = 0;
      for (String event : text.split("\n")) {
        int at = event.indexOf("\"content\":\"");
        if (at >= 0) {
          int from = at + "\"content\":\"".length();
          letters += event.indexOf('"', from) - from;
        }
      }
      assertThat(letters).isEqualTo(row.path("completion_tokens").intValue());
    }
  }

  private static byte[] readToDone(Socket socket) throws IOException {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    while (!all.toString(StandardCharsets.UTF_8).contains("[DONE]")) {
      int read = socket.getInputStream().read(buffer);
      assertThat(read).isPositive();
      all.write(buffer, 0, read);
    }
    return all.toByteArray();
  }
}
