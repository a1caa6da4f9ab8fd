package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The two questions that a download asks the hub: what a revision holds, and what a file is. */
final class HubApi {
  private static final int MAX_LISTING_BYTES = 64 << 20;

  /**
   * @param commit what the revision stands for
   * @param files names in the repository, all safe to be put in a folder
   */
  record Listing(String commit, List<String> files) {}

  /**
   * @param etag the content's hash (SHA-256, or git's SHA-1 of small files), or another name that
   *     changes with the content; null if the hub gives none
   * @param size bytes, -1 if unknown
   */
  record FileInfo(String name, String etag, long size) {}

  private final HubTransport transport;
  private final ModelRef ref;

  HubApi(HubTransport transport, ModelRef ref) {
    this.transport = transport;
    this.ref = ref;
  }

  /**
   * @throws IOException when the hub cannot be reached
   */
  Listing list() throws IOException {
    URI uri = uri("/api/models/" + ref.repo() + "/revision/" + encoded(ref.revision()));
    Backoff backoff = new Backoff(transport.settings().retryDelay());
    while (true) {
      try {
        var response = transport.send("GET", uri, Map.of());
        try (InputStream body = response.body()) {
          return parse(body.readNBytes(MAX_LISTING_BYTES));
        }
      } catch (IOException e) {
        backoff.failed(ref.repo(), e);
      }
    }
  }

  private Listing parse(byte[] json) {
    try {
      JsonNode root = JsonMapper.shared().readTree(json);
      String commit = root.path("sha").asString("");
      List<String> files =
          root.path("siblings")
              .valueStream()
              .map(s -> s.path("rfilename").asString(""))
              .filter(HubFiles::isSafe)
              .toList();
      if (HubCache.isSnapshotName(commit)) {
        return new Listing(commit, files);
      }
    } catch (JacksonException e) {
      throw new ModelLoadException("the hub's answer on " + ref.repo() + " is not JSON", e);
    }
    throw new ModelLoadException("the hub's answer on " + ref.repo() + " names no commit");
  }

  /**
   * @throws IOException when the hub cannot be reached
   */
  FileInfo head(String commit, String file) throws IOException {
    Backoff backoff = new Backoff(transport.settings().retryDelay());
    while (true) {
      try {
        var response = transport.send("HEAD", download(commit, file), Map.of());
        response.body().close();
        return describe(file, response);
      } catch (IOException e) {
        backoff.failed(file, e);
      }
    }
  }

  /** "Linked" is what the hub calls a file that lies with a storage provider. */
  private static FileInfo describe(String file, HttpResponse<?> response) {
    HttpHeaders headers = response.headers();
    String etag =
        headers
            .firstValue("x-linked-etag")
            .or(() -> headers.firstValue("etag"))
            .map(e -> e.replaceFirst("^W/", "").replace("\"", ""))
            .orElse(null);
    OptionalLong length =
        response.statusCode() == 200
            ? headers.firstValueAsLong("content-length")
            : OptionalLong.empty();
    long size = headers.firstValueAsLong("x-linked-size").orElse(length.orElse(-1));
    return new FileInfo(file, etag, size);
  }

  /** Where a file's bytes are asked for. */
  URI download(String commit, String file) {
    String path =
        Arrays.stream(file.split("/")).map(HubApi::encoded).collect(Collectors.joining("/"));
    return uri("/" + ref.repo() + "/resolve/" + commit + "/" + path);
  }

  private URI uri(String path) {
    return URI.create(transport.settings().endpoint() + path);
  }

  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
