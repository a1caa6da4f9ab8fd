package io.penstock.api.access;

import io.penstock.api.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A request byte by byte as given, whatever an HTTP client would refuse to send. */
final class RawRequest {
  private static final int PATIENCE_MILLIS = 20_000;

  private RawRequest() {}

  /** The status; 0 when the server closed the connection without one. */
  static int send(
      TestServer server, String method, String path, Map<String, String> headers, String body) {
    URI uri = URI.create(server.url());
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      byte[] content = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
      StringBuilder head = new StringBuilder();
      head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
      head.append("Connection: close\r\nContent-Length: ").append(content.length).append("\r\n");
      headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
      request.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      request.write(content);
      socket.getOutputStream().write(request.toByteArray());
      byte[] start = socket.getInputStream().readNBytes(12); // HTTP/1.1 200
      if (start.length < 12) {
        return 0;
      }
      int status = Integer.parseInt(new String(start, 9, 3, StandardCharsets.ISO_8859_1));
      socket.getInputStream().readAllBytes();
      return status;
    } catch (java.net.SocketException e) {
      return 0; // closed while we wrote
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
