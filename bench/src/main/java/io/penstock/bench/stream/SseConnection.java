package io.penstock.bench.stream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * One kept-alive HTTP/1.1 connection that posts JSON and reads server-sent events, with no more
 * work for an event than finding its end: the load must not be bound by its generator.
 */
public final class SseConnection implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 300_000;
  private static final String DATA = "data: ";

  private final Socket socket = new Socket();
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 14];
  private int next;
  private int end;

  private byte[] line = new byte[1 << 12];
  private int lineLength;
  private int chunkLeft; // bytes of the body's present chunk

  public SseConnection(String host, int port) throws IOException {
    socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = socket.getInputStream();
  }

  /** Is given each event as it arrives. */
  public interface Events {
    void onEvent(String data);
  }

  /**
   * What stands around the events of an answer.
   *
   * @param requestId of {@code x-request-id}, or empty
   * @param retryAfter of {@code Retry-After}, or empty
   * @param body of an answer without events, or empty
   */
  public record Answer(int status, String requestId, String retryAfter, String body) {}

  /** Is told of the answer's head before the first event. */
  public interface Head {
    void onHead(int status, String requestId);
  }

  /**
   * @throws IOException for a status other than 200, with the answer's body
   */
  void post(String path, String key, String json, Events events) throws IOException {
    Answer answer = exchange(path, key, json, (_, _) -> {}, events);
    if (answer.status() != 200 || !answer.body().isEmpty()) {
      throw new IOException(answer.status() + ": " + answer.body());
    }
  }

  /** Posts, and reads the whole answer, whatever its status. */
  public Answer exchange(String path, String key, String json, Head head, Events events)
      throws IOException {
    send(path, key, json);
    return receive(head, events);
  }

  /** The first half of an exchange. */
  public void send(String path, String key, String json) throws IOException {
    socket.getOutputStream().write(request(path, key, json));
  }

  /** What is sent, head and body. */
  public static byte[] request(String path, String key, String json) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    String head =
        """
        POST %s HTTP/1.1\r
        Host: localhost\r
        Authorization: Bearer %s\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        """
            .formatted(path, key, body.length);
    byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
    byte[] request = new byte[headBytes.length + body.length];
    System.arraycopy(headBytes, 0, request, 0, headBytes.length);
    System.arraycopy(body, 0, request, headBytes.length, body.length);
    return request;
  }

  /** Waits for the first byte of an answer, before or after its request is sent. */
  public void await() throws IOException {
    if (next == end) {
      fill();
    }
  }

  /** The second half of an exchange; on any thread. */
  public Answer receive(Head head, Events events) throws IOException {
    String statusLine = readLine(false);
    int status = Integer.parseInt(statusLine.substring(9, 12));
    boolean chunked = false;
    int length = 0;
    String requestId = "";
    String retryAfter = "";
    for (String header = readLine(false); !header.isEmpty(); header = readLine(false)) {
      String name = header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT);
      String value = header.substring(name.length() + 1).strip();
      switch (name) {
        case "transfer-encoding" -> chunked = value.equalsIgnoreCase("chunked");
        case "content-length" -> length = Integer.parseInt(value);
        case "x-request-id" -> requestId = value;
        case "retry-after" -> retryAfter = value;
        default -> {}
      }
    }
    head.onHead(status, requestId);
    String body = chunked ? readEvents(events) : readBody(length);
    return new Answer(status, requestId, retryAfter, body);
  }

  private String readBody(int length) throws IOException {
    byte[] body = new byte[length];
    for (int i = 0; i < length; i++) {
      body[i] = (byte) read();
    }
    return new String(body, StandardCharsets.UTF_8);
  }

  /** Returns what is no event. */
  private String readEvents(Events events) throws IOException {
    chunkLeft = 0;
    StringBuilder other = new StringBuilder();
    for (String event = readLine(true); event != null; event = readLine(true)) {
      if (event.startsWith(DATA)) {
        events.onEvent(event.substring(DATA.length()));
      } else if (!event.isEmpty() && !event.startsWith(":")) {
        other.append(event);
      }
    }
    return other.toString();
  }

  /** A line without its end; null after the last chunk of a chunked body. */
  private String readLine(boolean chunked) throws IOException {
    lineLength = 0;
    while (true) {
      int b = chunked ? readOfChunk() : read();
      if (b < 0 || b == '\n') {
        if (b < 0 && lineLength == 0) {
          return null;
        }
        int length = lineLength > 0 && line[lineLength - 1] == '\r' ? lineLength - 1 : lineLength;
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
      }
      if (lineLength == line.length) {
        line = Arrays.copyOf(line, 2 * line.length);
      }
      line[lineLength++] = (byte) b;
    }
  }

  /** A byte of the body, or -1 when all chunks are read. */
  private int readOfChunk() throws IOException {
    while (chunkLeft == 0) {
      int size = 0;
      boolean digits = false;
      for (int b = read(); b != '\n'; b = read()) {
        int digit = Character.digit(b, 16);
        if (digit >= 0) {
          size = size * 16 + digit;
          digits = true;
        }
      }
      if (digits && size == 0) {
        while (read() != '\n') {
          // the empty line behind the last chunk
        }
        return -1;
      }
      chunkLeft = size; // still 0 at the line end behind a chunk
    }
    chunkLeft--;
    return read();
  }

  private int read() throws IOException {
    if (next == end) {
      fill();
    }
    return buffer[next++] & 0xFF;
  }

  private void fill() throws IOException {
    next = 0;
    end = Math.max(0, in.read(buffer));
    if (end == 0) {
      throw new EOFException("the server closed the connection");
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
