package io.penstock.api.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

class HttpPostTest {
  private static final byte[] BODY = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);

  private final HttpPost post = new HttpPost(_ -> true, Duration.ofSeconds(2));

  /** A server that reads a request and gives an answer, a byte each pause. */
  private static final class Server implements AutoCloseable {
    private final ServerSocket socket;
    private final CompletableFuture<String> request = new CompletableFuture<>();

    Server(String answer, long pauseMillis) throws IOException {
      socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(() -> serve(answer, pauseMillis));
    }

    private void serve(String answer, long pauseMillis) {
      try (Socket client = socket.accept()) {
        InputStream in = client.getInputStream();
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith("{\"a\": 1}")) {
          int b = in.read();
          if (b < 0) {
            break;
          }
          text.append((char) b);
        }
        request.complete(text.toString());
        OutputStream out = client.getOutputStream();
        for (byte b : answer.getBytes(StandardCharsets.US_ASCII)) {
          out.write(b);
          Thread.sleep(pauseMillis);
        }
      } catch (IOException | InterruptedException e) {
        request.completeExceptionally(e);
      }
    }

    URI url(String scheme) {
      return URI.create(scheme + "://127.0.0.1:" + socket.getLocalPort() + "/a%20b?c=d");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void postsAndReadsTheStatus() throws Exception {
    try (Server server =
        new Server("HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 204\r\n\r\n", 0)) {
      assertThat(post.send(server.url("http"), Map.of("webhook-id", "evt_1"), BODY)).isEqualTo(204);
      assertThat(server.request.get())
          .startsWith("POST /a%20b?c=d HTTP/1.1\r\nhost: 127.0.0.1:" + server.socket.getLocalPort())
          .contains("\r\nwebhook-id: evt_1\r\n", "\r\ncontent-length: 8\r\n")
          .endsWith("\r\n\r\n{\"a\": 1}");
    }
  }

  @Test
  void followsNoRedirect() throws Exception {
    try (Server server =
        new Server("HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\n\r\n", 0)) {
      assertThat(post.send(server.url("http"), Map.of(), BODY)).isEqualTo(302);
    }
  }

  @Test
  void sendsNothingToAnAddressThatIsNotAllowed() throws Exception {
    HttpPost careful = new HttpPost(PublicAddress::is, Duration.ofSeconds(2));
    try (Server server = new Server("HTTP/1.1 200 OK\r\n\r\n", 0)) {
      assertThatThrownBy(() -> careful.send(server.url("http"), Map.of(), BODY))
          .isInstanceOf(UnknownHostException.class);
      String byName = server.url("http").toString().replace("127.0.0.1", "localhost");
      assertThatThrownBy(() -> careful.send(URI.create(byName), Map.of(), BODY))
          .isInstanceOf(UnknownHostException.class);
      assertThat(server.request).isNotDone();
    }
  }

  @Test
  void whoSendsByteByByteGetsNoMoreTime() throws Exception {
    try (Server server = new Server("HTTP/1.1 200 OK and much more than that\r\n\r\n", 200)) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> post.send(server.url("http"), Map.of(), BODY))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void anAnswerMustBeHttp() throws Exception {
    try (Server server = new Server("SSH-2.0-OpenSSH\r\n", 0)) {
      assertThatThrownBy(() -> post.send(server.url("http"), Map.of(), BODY))
          .isInstanceOf(IOException.class)
          .hasMessage("no HTTP");
    }
    try (Server server = new Server("x".repeat(2000), 0)) {
      assertThatThrownBy(() -> post.send(server.url("http"), Map.of(), BODY))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void httpsIsTls() throws Exception {
    try (Server server = new Server("HTTP/1.1 200 OK\r\n\r\n", 0)) {
      server.request.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS);
      assertThatThrownBy(() -> post.send(server.url("https"), Map.of(), BODY))
          .isInstanceOfAny(SSLException.class, SocketTimeoutException.class);
      // Whatever came before the connection was closed, the request cannot be read in it.
      assertThat(server.request.getNow("")).doesNotContain("POST").doesNotContain("HTTP/1.1");
    }
  }
}
