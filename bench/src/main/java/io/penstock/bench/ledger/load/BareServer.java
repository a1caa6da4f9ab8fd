package io.penstock.bench.ledger.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The least that a server can do, as a process of its own: a thread for each connection reads a
 * request to its end and sends an answer that it has ready. What a request takes beyond that is
 * what the path through a real server adds.
 */
public final class BareServer implements AutoCloseable {
  private static final String LENGTH = "content-length: ";

  /** The end of a chunked body. */
  private static final String LAST_CHUNK = "\r\n0\r\n\r\n";

  private final Path file;
  private final Process process;
  private final int port;

  /** Answers as the server of the settings does: byte for byte what that says just now. */
  public BareServer(LoadSettings settings) throws IOException {
    file = Files.createTempFile("penstock-answer", ".http");
    Files.write(file, record(settings));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "-Xmn128m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(BareServer.class.getName(), file.toString()));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String line = out.readLine();
    if (line == null) {
      close();
      throw new IOException("the bare server did not start");
    }
    port = Integer.parseInt(line);
  }

  public int port() {
    return port;
  }

  private static byte[] record(LoadSettings settings) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), settings.ports().getFirst())) {
      socket.getOutputStream().write(LoadRequest.bytes(settings));
      StringBuilder answer = new StringBuilder();
      byte[] part = new byte[1 << 14];
      while (!answer.toString().endsWith(LAST_CHUNK)) {
        int read = socket.getInputStream().read(part);
        if (read < 0) {
          throw new IOException("no whole answer: " + answer);
        }
        answer.append(new String(part, 0, read, StandardCharsets.ISO_8859_1));
      }
      if (!answer.toString().startsWith("HTTP/1.1 200")) {
        throw new IOException("the answer to be repeated is " + answer);
      }
      return answer.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    Files.deleteIfExists(file);
  }

  /** The process: {@code BareServer FILE}, the file being the answer. */
  public static void main(String[] args) throws IOException {
    byte[] answer = Files.readAllBytes(Path.of(args[0]));
    try (ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress())) {
      System.out.println(server.getLocalPort());
      while (true) {
        Socket client = server.accept();
        client.setTcpNoDelay(true);
        Thread.ofPlatform().daemon().start(() -> serve(client, answer));
      }
    }
  }

  private static void serve(Socket client, byte[] answer) {
    try (client) {
      InputStream in = client.getInputStream();
      byte[] buffer = new byte[1 << 14];
      int have = 0;
      while (true) {
        int whole = length(buffer, have);
        while (whole < 0 || have < whole) {
          int read = in.read(buffer, have, buffer.length - have);
          if (read <= 0) {
            return;
          }
          have += read;
          whole = length(buffer, have);
        }
        client.getOutputStream().write(answer);
        System.arraycopy(buffer, whole, buffer, 0, have - whole);
        have -= whole;
      }
    } catch (IOException _) {
      // the client has left
    }
  }

  /** Of the request at the begin of the buffer; -1 while its head is not there. */
  private static int length(byte[] buffer, int have) {
    String text = new String(buffer, 0, have, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return -1;
    }
    String head = text.substring(0, end).toLowerCase(java.util.Locale.ROOT) + "\r\n";
    int at = head.indexOf(LENGTH);
    int body =
        at < 0
            ? 0
            : Integer.parseInt(
                head.substring(at + LENGTH.length(), head.indexOf('\r', at)).strip());
    return end + 4 + body;
  }
}
