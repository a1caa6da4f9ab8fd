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
final class SseConnection implements AutoCloseable {
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

  SseConnection(String host, int port) throws IOException {
    socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = socket.getInputStream();
  }

  /** Is given each event as it arrives. */
  interface Events {
    void onEvent(String data);
  }

  /**
   * @throws IOException for a status other than 200, with the answer's body
   */
  void post(String path, String key, String json, Events events) throws IOException {
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
    socket.getOutputStream().write(request);
    readAnswer(events);
  }

  private void readAnswer(Events events) throws IOException {
    String status = readLine(false);
    boolean chunked = false;
    int length = 0;
    for (String header = readLine(false); !header.isEmpty(); header = readLine(false)) {
      String lower = header.toLowerCase(Locale.ROOT);
      chunked |= lower.startsWith("transfer-encoding:") && lower.endsWith("chunked");
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(lower.indexOf(':') + 1).strip());
      }
    }
    if (!status.contains(" 200") || !chunked) {
      byte[] body = new byte[length];
      for (int i = 0; i < length; i++) {
        body[i] = (byte) read();
      }
      throw new IOException(status + ": " + new String(body, StandardCharsets.UTF_8));
    }
    chunkLeft = 0;
    for (String event = readLine(true); event != null; event = readLine(true)) {
      if (event.startsWith(DATA)) {
        events.onEvent(event.substring(DATA.length()));
      }
    }
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
      end = in.read(buffer);
      next = 0;
      if (end < 0) {
        throw new EOFException("the server closed the connection");
      }
    }
    return buffer[next++] & 0xFF;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
