package io.penstock.engine.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The hub's API for one model on this machine, with the misfortunes that tests ask for. Weights are
 * "large files": the hub describes them and sends the client on to a storage host, which is the
 * same server under another name.
 */
final class HubStandIn implements AutoCloseable {
  static final String REPO = "acme/tiny";
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private static final String RESOLVE_CACHE =
      "/api/resolve-cache/models/" + REPO + "/" + COMMIT + "/";

  /** One request as it arrived; absent headers are empty. */
  record Request(String method, String host, String path, String authorization, String range) {}

  final Map<String, byte[]> files = new TreeMap<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();

  /** Bytes after which the next transfer of a file is cut; each is used once. */
  final Map<String, Integer> cutAfter = new ConcurrentHashMap<>();

  /** Files whose next transfer stands still after its first byte; each is used once. */
  final Map<String, Boolean> stall = new ConcurrentHashMap<>();

  /** Sizes that the hub announces instead of the true ones. */
  final Map<String, Long> announcedSize = new ConcurrentHashMap<>();

  /** What is sent instead of a file, under the file's hash. */
  final Map<String, byte[]> corrupt = new ConcurrentHashMap<>();

  volatile String requiredToken;
  volatile boolean gated;
  volatile int failuresBefore;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  HubStandIn() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Serves every file of a folder. */
  HubStandIn with(Path folder) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      for (Path file : found.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return this;
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  List<Request> requests(String method, String file) {
    return requests.stream()
        .filter(r -> r.method.equals(method) && r.path.endsWith("/" + file))
        .toList();
  }

  private void handle(HttpExchange x) throws IOException {
    var headers = x.getRequestHeaders();
    String host = headers.getFirst("Host");
    String path = x.getRequestURI().getPath();
    String authorization = header(x, "Authorization");
    requests.add(new Request(x.getRequestMethod(), host, path, authorization, header(x, "Range")));
    try (x) {
      if (failuresBefore > 0) {
        failuresBefore--;
        answer(x, 503, new byte[0]);
      } else if (path.startsWith("/storage/") && !x.getRequestMethod().equals("GET")) {
        answer(x, 403, new byte[0]); // signatures of storage providers are good for GET only
      } else if (path.startsWith("/storage/")) {
        send(x, path.substring("/storage/".length()));
      } else if (requiredToken != null && !authorization.equals("Bearer " + requiredToken)) {
        x.getResponseHeaders().add("X-Error-Code", gated ? "GatedRepo" : "RepoNotFound");
        answer(x, 401, new byte[0]);
      } else if (path.equals("/api/models/" + REPO + "/revision/main")) {
        answer(x, 200, listing().getBytes(StandardCharsets.UTF_8));
      } else if (path.startsWith(RESOLVE_CACHE)) {
        sendSmall(x, path.substring(RESOLVE_CACHE.length()));
      } else if (path.startsWith("/" + REPO + "/resolve/" + COMMIT + "/")) {
        resolve(x, path.substring(("/" + REPO + "/resolve/" + COMMIT + "/").length()));
      } else {
        x.getResponseHeaders()
            .add("X-Error-Code", path.contains(REPO) ? "RevisionNotFound" : "RepoNotFound");
        answer(x, 404, new byte[0]);
      }
    }
  }

  private static String header(HttpExchange x, String name) {
    String value = x.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private String listing() {
    return files.keySet().stream()
        .map("{\"rfilename\":\"%s\"}"::formatted)
        .collect(Collectors.joining(",", "{\"sha\":\"" + COMMIT + "\",\"siblings\":[", "]}"));
  }

  private void resolve(HttpExchange x, String file) throws IOException {
    byte[] content = files.get(file);
    if (content == null) {
      x.getResponseHeaders().add("X-Error-Code", "EntryNotFound");
      answer(x, 404, new byte[0]);
      return;
    }
    long size = announcedSize.getOrDefault(file, (long) content.length);
    if (file.endsWith(".safetensors") || file.endsWith(".gguf")) {
      x.getResponseHeaders().add("X-Linked-Etag", '"' + hash("SHA-256", content) + '"');
      x.getResponseHeaders().add("X-Linked-Size", Long.toString(size));
      x.getResponseHeaders()
          .add(
              "Location",
              "http://localhost:%d/storage/%s?signature=secret"
                  .formatted(server.getAddress().getPort(), file));
      answer(x, 302, new byte[0]);
    } else {
      // The hub serves small files from a cache of its own, under another path.
      x.getResponseHeaders().add("Location", RESOLVE_CACHE + file);
      answer(x, 307, new byte[0]);
    }
  }

  private void sendSmall(HttpExchange x, String file) throws IOException {
    byte[] content = files.get(file);
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    x.getResponseHeaders().add("ETag", "W/\"" + hash("SHA-1", head, content) + '"');
    send(x, file);
  }

  private void send(HttpExchange x, String file) throws IOException {
    byte[] content = corrupt.getOrDefault(file, files.get(file));
    String range = header(x, "Range");
    int from = range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    if (from >= content.length && from > 0) {
      answer(x, 416, new byte[0]);
      return;
    }
    if (from > 0) {
      x.getResponseHeaders()
          .add(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    }
    byte[] body = Arrays.copyOfRange(content, from, content.length);
    boolean get = x.getRequestMethod().equals("GET");
    Integer cut = get ? cutAfter.remove(file) : null;
    Boolean stalled = get ? stall.remove(file) : null;
    if (cut == null && stalled == null) {
      answer(x, from > 0 ? 206 : 200, body);
      return;
    }
    x.sendResponseHeaders(from > 0 ? 206 : 200, body.length);
    x.getResponseBody().write(body, 0, cut == null ? 1 : cut);
    x.getResponseBody().flush();
    if (stalled != null) {
      awaitEnd();
    }
    throw new IOException("cut as asked for");
  }

  private static void awaitEnd() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange x, int status, byte[] body) throws IOException {
    if (x.getRequestMethod().equals("HEAD")) {
      x.getResponseHeaders().add("Content-Length", Integer.toString(body.length));
      x.sendResponseHeaders(status, -1);
    } else {
      x.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      x.getResponseBody().write(body);
    }
  }

  static String hash(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
