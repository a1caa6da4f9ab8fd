package io.penstock.api.platform.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.netty.http.client.HttpClient;

/** Webhooks and sign-in providers are at https addresses: the client's classes must be complete. */
class HttpsClientTest {

  @Test
  void aRefusedHandshakeIsAnErrorOfTheConnectionAndNotOfAClass() throws Exception {
    try (ServerSocket server = new ServerSocket(0)) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (var connection = server.accept()) {
                  connection.getOutputStream().write("no TLS here\n".getBytes());
                } catch (java.io.IOException _) {
                  // the test is over
                }
              });
      Throwable error =
          HttpClient.create()
              .get()
              .uri("https://localhost:" + server.getLocalPort())
              .response()
              .map(_ -> (Throwable) new AssertionError("there was an answer"))
              .onErrorResume(reactor.core.publisher.Mono::just)
              .block(Duration.ofSeconds(20));
      assertThat(error).isInstanceOf(java.io.IOException.class);
    }
  }
}
