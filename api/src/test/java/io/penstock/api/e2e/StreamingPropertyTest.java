package io.penstock.api.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Streams of random tokens: at a high temperature a random model writes any of its tokens, among
 * them bytes that are no character by themselves.
 */
class StreamingPropertyTest {
  private static final int TRIES = Integer.getInteger("tests.streaming.tries", 60);
  private static final JsonMapper JSON = new JsonMapper();

  private final TestServer server = TinyModel.server();

  private String body(long seed, String stop, boolean stream) {
    return """
        {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "temperature": 2,
         "seed": %d, "max_tokens": 40, "ignore_eos": true, "skip_special_tokens": false,
         "stream": %s%s}"""
        .formatted(
            seed, stream, stop == null ? "" : ", \"stop\": " + JSON.writeValueAsString(stop));
  }

  private JsonNode whole(long seed, String stop) {
    return server
        .post("/v1/chat/completions", body(seed, stop, false))
        .json()
        .path("choices")
        .get(0);
  }

  @Test
  void piecesAddUpAndCutNothing() {
    Random random = new Random(4);
    int pieces = 0;
    int stopped = 0;
    for (int i = 0; i < TRIES; i++) {
      String full = whole(i, null).path("message").path("content").asString();
      String stop = i % 3 == 0 ? null : part(full, random);
      String expected = whole(i, stop).path("message").path("content").asString();
      if (stop != null) {
        assertThat(expected).isEqualTo(full.substring(0, full.indexOf(stop)));
        stopped++;
      }
      StringBuilder text = new StringBuilder();
      for (JsonNode event : server.post("/v1/chat/completions", body(i, stop, true)).events()) {
        String piece = event.path("choices").get(0).path("delta").path("content").asString("");
        if (!piece.isEmpty()) {
          pieces++;
          assertThat(Character.isLowSurrogate(piece.charAt(0))).isFalse();
          assertThat(Character.isHighSurrogate(piece.charAt(piece.length() - 1))).isFalse();
        }
        text.append(piece);
        // Nothing of the stop string is ever shown: what is shown is a part of the answer.
        assertThat(expected).startsWith(text.toString());
      }
      assertThat(text.toString()).isEqualTo(expected);
    }
    System.out.printf(
        "streaming: %d streams in %d pieces, %d of them ended by a stop string%n",
        TRIES, pieces, stopped);
    assertThat(stopped).isPositive();
  }

  /** A few characters of a text, none of them cut in half; null when there are too few. */
  private static String part(String text, Random random) {
    int characters = text.codePointCount(0, text.length());
    if (characters < 6) {
      return null;
    }
    int from = text.offsetByCodePoints(0, 1 + random.nextInt(characters - 5));
    return text.substring(from, text.offsetByCodePoints(from, 2 + random.nextInt(3)));
  }
}
