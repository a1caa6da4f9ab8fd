package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.hub.HubApi.Listing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings models from the Hugging Face hub into its standard local cache. What the cache has is not
 * fetched again; with the hub out of reach, the cache is used as it is.
 */
public final class HubClient {
  private static final Logger log = LoggerFactory.getLogger(HubClient.class);

  private final HubSettings settings;

  public HubClient(HubSettings settings) {
    this.settings = settings;
  }

  /**
   * Where a model is that a user named by a path or by its name on the hub. What exists on disk
   * wins; what is not on disk and can only be a path is not looked for on the hub.
   *
   * @throws ModelLoadException when there is no such file, or as {@link #fetch} does
   */
  public Path locate(String pathOrName, HubProgress progress) {
    try {
      Path path = Path.of(pathOrName);
      if (Files.exists(path)) {
        return path;
      }
    } catch (InvalidPathException e) {
      log.debug("{} is no path", pathOrName, e);
    }
    ModelRef ref =
        ModelRef.tryParse(pathOrName)
            .orElseThrow(
                () ->
                    new ModelLoadException(
                        "there is no file or directory "
                            + pathOrName
                            + ", and it is not a model on the hub (org/name[@revision][:file.gguf])"));
    return fetch(ref, progress);
  }

  /**
   * Fetches what is missing of a model.
   *
   * @return the snapshot's directory, or the GGUF file in it
   * @throws ModelLoadException saying what is wrong and how to put it right
   */
  public Path fetch(ModelRef ref, HubProgress progress) {
    HubCache cache = new HubCache(settings.cache(), ref.repo());
    try {
      return settings.offline() ? offline(ref, cache) : online(ref, cache, progress);
    } catch (IOException e) {
      throw new ModelLoadException(
          "%s cannot be fetched from %s: %s; what has arrived is kept, try again"
              .formatted(ref, settings.endpoint().getHost(), Backoff.describe(e)),
          e);
    }
  }

  private Path offline(ModelRef ref, HubCache cache) throws IOException {
    return cached(ref, cache)
        .orElseThrow(
            () ->
                new ModelLoadException(
                    "%s is not complete in the cache %s, and HF_HUB_OFFLINE forbids to fetch it"
                        .formatted(ref, settings.cache())));
  }

  private Path online(ModelRef ref, HubCache cache, HubProgress progress) throws IOException {
    try (HubTransport transport = new HubTransport(settings)) {
      HubApi api = new HubApi(transport, ref);
      Listing listing;
      try {
        listing = api.list();
      } catch (IOException e) {
        return cachedInstead(ref, cache, e);
      }
      Set<String> chosen =
          HubFiles.choose(ref, listing.files())
              .orElseThrow(() -> HubFiles.nothing(ref, listing.files()));
      try (var _ = cache.lock()) {
        new SnapshotDownload(transport, api, cache, listing, progress).run(chosen);
        cache.writeRef(ref.revision(), listing.commit());
      }
      return entry(cache.snapshot(listing.commit()), chosen);
    }
  }

  private Path cachedInstead(ModelRef ref, HubCache cache, IOException cause) throws IOException {
    Path path = cached(ref, cache).orElseThrow(() -> cause);
    log.warn(
        "{} cannot be reached ({}); using the cached {}",
        settings.endpoint().getHost(),
        Backoff.describe(cause),
        ref);
    return path;
  }

  /** A snapshot that has everything, as far as names tell. */
  private static Optional<Path> cached(ModelRef ref, HubCache cache) throws IOException {
    Optional<String> commit = cache.commit(ref.revision());
    if (commit.isEmpty()) {
      return Optional.empty();
    }
    Path snapshot = cache.snapshot(commit.get());
    Set<String> files = cache.files(commit.get());
    Optional<Set<String>> chosen = HubFiles.choose(ref, files);
    boolean complete =
        chosen.isPresent()
            && (!chosen.get().contains(HubFiles.INDEX)
                || files.containsAll(SafetensorsIndex.shards(snapshot.resolve(HubFiles.INDEX))));
    return complete ? chosen.map(c -> entry(snapshot, c)) : Optional.empty();
  }

  private static Path entry(Path snapshot, Set<String> chosen) {
    String first = chosen.iterator().next();
    return first.endsWith(".gguf") ? snapshot.resolve(first) : snapshot;
  }
}
