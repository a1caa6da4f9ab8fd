package io.penstock.bench.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamTest {

  @Test
  void countsGeneratedTokensOnly() {
    assertThat(StreamRequest.tokens("{\"choices\":[{\"token_ids\":[5, 17,3]}]}")).isEqualTo(3);
    assertThat(StreamRequest.tokens("{\"prompt_token_ids\":[1,2],\"token_ids\":[9]}")).isEqualTo(1);
    assertThat(StreamRequest.tokens("{\"prompt_token_ids\":[1,2],\"token_ids\":[]}")).isZero();
    assertThat(StreamRequest.tokens("{\"choices\":[]}")).isZero();
  }

  @Test
  void promptsAreOfTheWantedLengthAndNeverTheSame() {
    SplittableRandom random = new SplittableRandom(1);
    String one = StreamRequest.body("m", 3, 4, 1000, random);
    assertThat(one).contains("\"max_tokens\":4").containsPattern("\\[\\d+,\\d+,\\d+\\]");
    assertThat(StreamRequest.body("m", 3, 4, 1000, random)).isNotEqualTo(one);
  }

  @Test
  void readsEventsHoweverTheyAreChunked() throws Exception {
    String body = "data: one\n\ndata: two\r\n\r\n: comment\n\ndata: [DONE]\n\n";
    for (int size : new int[] {1, 2, 7, 100}) {
      StringBuilder chunks =
          new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int at = 0; at < body.length(); at += size) {
        String chunk = body.substring(at, Math.min(at + size, body.length()));
        chunks
            .append(Integer.toHexString(chunk.length()))
            .append("\r\n")
            .append(chunk)
            .append("\r\n");
      }
      chunks.append("0\r\n\r\n");
      assertThat(events(chunks.toString().repeat(2), 2))
          .as("chunks of %d", size)
          .containsExactly("one", "two", "[DONE]", "one", "two", "[DONE]");
    }
  }

  @Test
  void aRefusalIsAnErrorWithItsBody() {
    String answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
    assertThatThrownBy(() -> events(answer, 1))
        .hasMessageContaining("503")
        .hasMessageContaining("busy");
  }

  /** What a connection makes of an answer to {@code requests} requests. */
  private static List<String> events(String answer, int requests) throws Exception {
    List<String> events = new ArrayList<>();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread thread = Thread.ofVirtual().start(() -> answer(server, answer));
      try (SseConnection connection = new SseConnection("127.0.0.1", server.getLocalPort())) {
        for (int i = 0; i < requests; i++) {
          connection.post("/", "key", "{}", events::add);
        }
      }
      thread.join();
    }
    return events;
  }

  private static void answer(ServerSocket server, String answer) {
    try (Socket socket = server.accept();
        OutputStream out = socket.getOutputStream()) {
      out.write(answer.getBytes(StandardCharsets.UTF_8));
      out.flush();
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void recordsAddUpAndSurviveTheirFile(@TempDir Path directory) throws IOException {
    StreamRecord.Builder builder = new StreamRecord.Builder();
    builder.first(5, 10, 0, 100);
    builder.first(100, 110, 0, 100); // sent after the window
    builder.gap(20, 30, 0, 100);
    builder.gap(95, 105, 0, 100); // ends after it
    builder.tokens(3, 50, 0, 100);
    builder.tokens(4, 150, 0, 100);
    builder.ended(7, true);
    StreamRecord one = builder.build();
    assertThat(one.firsts()).hasSize(1);
    assertThat(one.gaps()).hasSize(1);
    assertThat(one.windowTokens()).isEqualTo(3);
    Path file = directory.resolve("record");
    one.write(file);
    StreamRecord both = StreamRecord.sum(List.of(one, StreamRecord.read(file)));
    assertThat(both.tokens()).isEqualTo(14);
    assertThat(both.requests()).isEqualTo(2);
    assertThat(both.gaps()).containsExactly(1e-8f, 1e-8f);
    assertThat(both.failure()).isEmpty();
  }
}
