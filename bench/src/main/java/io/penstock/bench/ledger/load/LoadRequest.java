package io.penstock.bench.ledger.load;

import io.penstock.bench.stream.SseConnection;
import java.io.IOException;

/** One request on a connection, and what becomes of it. */
final class LoadRequest {
  private static final String PATH = "/v1/completions";
  private static final String TEXT = "\"text\":\"";
  private static final String CODE = "\"code\":\"";

  private final LoadSettings settings;
  private final long start;
  private final long due;
  private final int leaveAt;

  private volatile long sent;
  private String requestId = "";
  private int status;
  private String code = "";
  private int tokens;
  private boolean done;
  private boolean left;
  private long first;
  private long last;
  private long gap;

  /**
   * @param start of the process, by {@link System#nanoTime}
   * @param due the same clock
   * @param leaveAt tokens after which the client leaves; 0 for never
   */
  LoadRequest(LoadSettings settings, long start, long due, int leaveAt) {
    this.settings = settings;
    this.start = start;
    this.due = due;
    this.leaveAt = leaveAt;
  }

  private static final class Left extends RuntimeException {
    Left() {
      super(null, null, false, false);
    }
  }

  /** The same body for all requests of a process: the null model answers all alike. */
  static String body(LoadSettings settings) {
    return "{\"model\":\"%s\",\"prompt\":\"%s\",\"max_tokens\":%d,\"ignore_eos\":true,\"stream\":true}"
        .formatted(
            settings.model(),
            "x".repeat(settings.client().promptTokens()),
            settings.client().maxTokens());
  }

  /** All of a request, as {@link #send} sends it. */
  static byte[] bytes(LoadSettings settings) {
    return SseConnection.request(PATH, settings.key(), body(settings));
  }

  /** Closes the connection unless the answer was read to its end. */
  Sent on(SseConnection connection, int port, String body) {
    try {
      send(connection, body);
    } catch (IOException _) {
      close(connection); // reading says so
    }
    return answer(connection, port);
  }

  void send(SseConnection connection, String body) throws IOException {
    sent = System.nanoTime();
    connection.send(PATH, settings.key(), body);
  }

  /** Reads the answer; closes the connection unless to its end. */
  Sent answer(SseConnection connection, int port) {
    boolean retryAfter = false;
    boolean broken = false;
    try {
      SseConnection.Answer answer = connection.receive(this::onHead, this::onEvent);
      retryAfter = !answer.retryAfter().isEmpty();
      if (answer.status() != 200) {
        code = code(answer.body());
      }
    } catch (Left _) {
      close(connection);
    } catch (IOException | RuntimeException e) {
      broken = true;
      code = e.getClass().getSimpleName();
      close(connection);
    }
    return new Sent(
        requestId,
        port,
        status,
        code,
        retryAfter,
        tokens,
        end(broken),
        due - start,
        sent - start,
        first == 0 ? 0 : first - start,
        last == 0 ? 0 : last - start,
        System.nanoTime() - start,
        gap);
  }

  private Sent.End end(boolean broken) {
    if (left) {
      return Sent.End.LEFT;
    }
    if (broken) {
      return Sent.End.BROKEN;
    }
    if (status != 200) {
      return Sent.End.REFUSED;
    }
    return done && code.isEmpty() ? Sent.End.WHOLE : Sent.End.ERROR;
  }

  private static void close(SseConnection connection) {
    try {
      connection.close();
    } catch (IOException _) {
      // it is of no use any more either way
    }
  }

  private void onHead(int status, String requestId) {
    this.status = status;
    this.requestId = requestId;
  }

  private void onEvent(String event) {
    if (event.equals("[DONE]")) {
      done = true;
      return;
    }
    int at = event.indexOf(TEXT);
    if (at < 0) {
      if (event.startsWith("{\"error\"")) {
        code = code(event);
      }
      return;
    }
    int from = at + TEXT.length();
    int count = event.indexOf('"', from) - from; // letters: a token each
    if (count > 0) {
      received(count);
    }
    if (leaveAt > 0 && tokens >= leaveAt) {
      left = true;
      throw new Left();
    }
  }

  private void received(int count) {
    long now = System.nanoTime();
    if (tokens == 0) {
      first = now;
    } else {
      gap = Math.max(gap, now - last);
    }
    last = now;
    tokens += count;
  }

  private static String code(String body) {
    int at = body.indexOf(CODE);
    return at < 0 ? "" : body.substring(at + CODE.length(), body.indexOf('"', at + CODE.length()));
  }
}
