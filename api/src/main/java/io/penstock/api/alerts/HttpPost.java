package io.penstock.api.alerts;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Posts a body to a URL of somebody else's choice, by HTTP/1.1 on a connection of its own, and
 * reads the status of the answer, nothing else. Blocks.
 *
 * <p>Written on sockets because the address must be looked at before anything is sent to it: the
 * connection goes to the very address that was looked at, so a name that changes its mind in
 * between (DNS rebinding) gains nothing.
 */
final class HttpPost {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int LONGEST_STATUS_LINE = 1000;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private final Predicate<InetAddress> allowed;
  private final Duration patience;

  /**
   * @param allowed which addresses may be called
   * @param patience from the beginning to the status
   */
  HttpPost(Predicate<InetAddress> allowed, Duration patience) {
    this.allowed = allowed;
    this.patience = patience;
  }

  /**
   * @return the status of the answer
   * @throws IOException when there is none
   */
  int send(URI url, Map<String, String> headers, byte[] body) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    boolean secure = "https".equalsIgnoreCase(url.getScheme());
    int port = url.getPort() >= 0 ? url.getPort() : secure ? HTTPS_PORT : HTTP_PORT;
    String host = url.getHost().replaceAll("^\\[|]$", "");
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(address(host), port), (int) CONNECT.toMillis());
      plain.setSoTimeout((int) millisUntil(deadline));
      try (Socket socket = secure ? secured(plain, host, port) : plain) {
        socket.getOutputStream().write(head(url, port, secure, headers, body.length));
        socket.getOutputStream().write(body);
        socket.getOutputStream().flush();
        return status(socket, new BufferedInputStream(socket.getInputStream()), deadline);
      }
    }
  }

  private InetAddress address(String host) throws UnknownHostException {
    return Arrays.stream(InetAddress.getAllByName(host))
        .filter(allowed)
        .findFirst()
        .orElseThrow(() -> new UnknownHostException(host + " has no address that may be called"));
  }

  /** The certificate must be trusted and be the host's. */
  private static SSLSocket secured(Socket plain, String host, int port) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            ((SSLSocketFactory) SSLSocketFactory.getDefault())
                .createSocket(plain, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static byte[] head(
      URI url, int port, boolean secure, Map<String, String> headers, int length) {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    boolean usual = port == (secure ? HTTPS_PORT : HTTP_PORT);
    StringBuilder head = new StringBuilder();
    head.append("POST ").append(path).append(query).append(" HTTP/1.1\r\n");
    head.append("host: ").append(url.getHost()).append(usual ? "" : ":" + port).append("\r\n");
    head.append("connection: close\r\ncontent-length: ").append(length).append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Of the final answer; what comes before it (1xx) is skipped. */
  private static int status(Socket socket, InputStream in, long deadline) throws IOException {
    while (true) {
      String line = line(socket, in, deadline);
      if (!line.matches("HTTP/1\\.[01] [1-5]\\d\\d( .*)?")) {
        throw new IOException("no HTTP");
      }
      int status = Integer.parseInt(line.substring(9, 12));
      if (status >= 200) {
        return status;
      }
      while (!line.isEmpty()) {
        line = line(socket, in, deadline);
      }
    }
  }

  private static String line(Socket socket, InputStream in, long deadline) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = read(socket, in, deadline); b != '\n'; b = read(socket, in, deadline)) {
      if (b < 0 || line.length() == LONGEST_STATUS_LINE) {
        throw new IOException("no HTTP");
      }
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }

  /** Who sends byte by byte gets no more time than others. */
  private static int read(Socket socket, InputStream in, long deadline) throws IOException {
    socket.setSoTimeout((int) millisUntil(deadline));
    return in.read();
  }

  private static long millisUntil(long deadline) throws SocketTimeoutException {
    long left = (deadline - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    return left;
  }
}
