package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * HTTP with the hub. Redirects are followed here and not by the client, which would send the token
 * on to whatever host the hub names: large files come from storage providers.
 */
final class HubTransport implements AutoCloseable {
  private static final int MAX_REDIRECTS = 8;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final HubSettings settings;
  private final HttpClient client =
      HttpClient.newBuilder()
          .followRedirects(Redirect.NEVER)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  HubTransport(HubSettings settings) {
    this.settings = settings;
  }

  HubSettings settings() {
    return settings;
  }

  /**
   * Sends a request and follows redirects; a HEAD stays on the hub, whose answer describes the file
   * that it sends others away for (and a storage host's signature may be good for GET only).
   *
   * @return the last answer, with status 200, 206, 416 or, for HEAD, a redirect; its body must be
   *     closed
   * @throws IOException when trying again may help
   * @throws ModelLoadException when it will not
   */
  HttpResponse<InputStream> send(String method, URI first, Map<String, String> headers)
      throws IOException {
    URI uri = first;
    boolean trusted = true;
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      trusted = trusted && sameOrigin(uri, settings.endpoint());
      HttpResponse<InputStream> response = exchange(method, uri, headers, trusted);
      if (!REDIRECTS.contains(response.statusCode())) {
        return HubErrors.check(response, settings);
      }
      URI target = target(uri, response);
      if (method.equals("HEAD") && !sameOrigin(uri, target)) {
        return response;
      }
      response.body().close();
      uri = target;
    }
    throw new IOException("more than " + MAX_REDIRECTS + " redirects from " + first.getHost());
  }

  private HttpResponse<InputStream> exchange(
      String method, URI uri, Map<String, String> headers, boolean trusted) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, BodyPublishers.noBody())
            .timeout(ANSWER_TIMEOUT)
            .header("User-Agent", "penstock");
    headers.forEach(request::header);
    if (trusted && settings.token() != null) {
      request.header("Authorization", "Bearer " + settings.token());
    }
    try {
      return client.send(request.build(), BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ModelLoadException("interrupted while asking " + uri.getHost(), e);
    }
  }

  private static URI target(URI from, HttpResponse<?> response) throws IOException {
    try {
      URI to = from.resolve(URI.create(response.headers().firstValue("location").orElse("")));
      if (Set.of("http", "https").contains(to.getScheme()) && to.getHost() != null) {
        return to;
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(from.getHost() + " redirects to something that is not a URL", e);
    }
    throw new IOException(from.getHost() + " redirects to something that is not an http URL");
  }

  static boolean sameOrigin(URI a, URI b) {
    return Objects.equals(a.getScheme(), b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
  }

  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }
}
