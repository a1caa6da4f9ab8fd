package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Where the hub and its cache are, as the environment variables of {@code huggingface_hub} say.
 *
 * @param endpoint {@code HF_ENDPOINT}, without a slash at the end
 * @param cache {@code HF_HUB_CACHE}, or {@code hub} in {@code HF_HOME}
 * @param token {@code HF_TOKEN}, or null; never logged
 * @param offline {@code HF_HUB_OFFLINE}: use the cache only
 * @param retryDelay pause before the first retry; it doubles with each
 * @param stallTimeout how long a transfer may stand still before it is cut and resumed
 */
public record HubSettings(
    URI endpoint,
    Path cache,
    String token,
    boolean offline,
    Duration retryDelay,
    Duration stallTimeout) {
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

  public HubSettings {
    if (token != null && !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new ModelLoadException(
          "the Hugging Face token (HF_TOKEN) has characters that no token has; set it again");
    }
  }

  /** Settings from environment variables. */
  public static HubSettings from(Map<String, String> env) {
    Path home = path(env, "HF_HOME", xdgCache(env).resolve("huggingface"));
    return new HubSettings(
        endpoint(env.getOrDefault("HF_ENDPOINT", "")),
        path(env, "HF_HUB_CACHE", home.resolve("hub")),
        token(env, home),
        TRUE.contains(env.getOrDefault("HF_HUB_OFFLINE", "").strip().toLowerCase(Locale.ROOT)),
        Duration.ofMillis(500),
        Duration.ofSeconds(60));
  }

  private static Path xdgCache(Map<String, String> env) {
    String home = env.getOrDefault("HOME", System.getProperty("user.home"));
    return path(env, "XDG_CACHE_HOME", Path.of(home, ".cache"));
  }

  private static Path path(Map<String, String> env, String name, Path fallback) {
    String value = env.getOrDefault(name, "");
    if (value.isBlank()) {
      return fallback;
    }
    return value.startsWith("~/")
        ? Path.of(System.getProperty("user.home"), value.substring(2))
        : Path.of(value);
  }

  private static URI endpoint(String value) {
    String text = value.isBlank() ? DEFAULT_ENDPOINT : value.strip().replaceAll("/+$", "");
    try {
      URI uri = URI.create(text);
      if (uri.getHost() != null && Set.of("http", "https").contains(uri.getScheme())) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException("HF_ENDPOINT is not a URL", e);
    }
    throw new ModelLoadException("HF_ENDPOINT must be an http or https URL");
  }

  /** The variable, or else what {@code hf auth login} has left. */
  private static String token(Map<String, String> env, Path home) {
    String token = env.getOrDefault("HF_TOKEN", "").strip();
    if (token.isEmpty()) {
      Path file = path(env, "HF_TOKEN_PATH", home.resolve("token"));
      try {
        token = Files.isRegularFile(file) ? Files.readString(file).strip() : "";
      } catch (IOException e) {
        throw new ModelLoadException(file, "the hub's token cannot be read; set HF_TOKEN", e);
      }
    }
    return token.isEmpty() ? null : token;
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "HubSettings[endpoint=%s, cache=%s, token=%s, offline=%s]"
        .formatted(endpoint.getHost(), cache, token == null ? "none" : "set", offline);
  }
}
