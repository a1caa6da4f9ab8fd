package io.penstock.bench.stream;

import java.util.SplittableRandom;

/** A completion of random token ids, streamed to its full length. */
final class StreamRequest {
  private static final int CONTROL_TOKENS = 100; // low ids are control tokens in many vocabularies
  private static final String TOKEN_IDS = "\"token_ids\":[";

  private StreamRequest() {}

  static String body(String model, int promptTokens, int maxTokens, int vocab, SplittableRandom r) {
    StringBuilder json = new StringBuilder(promptTokens * 7 + 200);
    json.append("{\"model\":\"").append(model).append("\",\"prompt\":[");
    for (int i = 0; i < promptTokens; i++) {
      json.append(i == 0 ? "" : ",").append(r.nextInt(CONTROL_TOKENS, vocab));
    }
    return json.append("],\"max_tokens\":")
        .append(maxTokens)
        .append(",\"ignore_eos\":true,\"temperature\":0,\"stream\":true,\"return_token_ids\":true}")
        .toString();
  }

  /** How many generated token ids an event carries, without building a tree of it. */
  static int tokens(String event) {
    int at = event.indexOf(TOKEN_IDS); // of "prompt_token_ids" no quote stands before this
    if (at < 0) {
      return 0;
    }
    int count = 0;
    boolean number = false;
    for (int i = at + TOKEN_IDS.length(); event.charAt(i) != ']'; i++) {
      boolean digit = Character.isDigit(event.charAt(i));
      count += digit && !number ? 1 : 0;
      number = digit;
    }
    return count;
  }

  static boolean isError(String event) {
    return event.startsWith("{\"error\"");
  }
}
