package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.hub.HubApi.FileInfo;
import io.penstock.engine.hub.HubApi.Listing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes one commit's snapshot in the cache. */
final class SnapshotDownload {
  private static final Logger log = LoggerFactory.getLogger(SnapshotDownload.class);

  private final HubTransport transport;
  private final HubApi api;
  private final HubCache cache;
  private final Listing listing;
  private final HubProgress progress;

  SnapshotDownload(
      HubTransport transport, HubApi api, HubCache cache, Listing listing, HubProgress progress) {
    this.transport = transport;
    this.api = api;
    this.cache = cache;
    this.listing = listing;
    this.progress = progress;
  }

  /** Fetches the chosen files, and the shards if the chosen files have an index of them. */
  void run(Set<String> chosen) throws IOException {
    fetch(chosen);
    if (chosen.contains(HubFiles.INDEX)) {
      Path index = cache.snapshot(listing.commit()).resolve(HubFiles.INDEX);
      Set<String> shards = SafetensorsIndex.shards(index);
      for (String shard : shards) {
        // The listing holds only names that are safe to be put in a folder.
        if (!listing.files().contains(shard)) {
          throw new ModelLoadException(
              index, "names the shard \"" + shard + "\", which the repository does not have");
        }
      }
      fetch(shards);
    }
  }

  private void fetch(Collection<String> files) throws IOException {
    List<FileInfo> missing = new ArrayList<>();
    for (String file : files) {
      if (!Files.isRegularFile(cache.snapshot(listing.commit()).resolve(file))) {
        missing.add(api.head(listing.commit(), file));
      }
    }
    checkSpace(missing);
    for (FileInfo info : missing) {
      Path blob = cache.blob(blobName(info));
      if (!Files.isRegularFile(blob)) {
        log.debug("fetching {} ({} bytes)", info.name(), info.size());
        var from = api.download(listing.commit(), info.name());
        new BlobDownload(transport, info, from, blob, progress).run();
      }
      cache.link(listing.commit(), info.name(), blob);
    }
  }

  private String blobName(FileInfo info) {
    return info.etag() != null && info.etag().matches("[A-Za-z0-9][A-Za-z0-9_-]{7,127}")
        ? info.etag()
        : Checksum.nameOf(listing.commit() + "/" + info.name());
  }

  private void checkSpace(List<FileInfo> missing) throws IOException {
    Files.createDirectories(cache.root());
    double needed = 0; // a double, so that absurd sizes add up to something absurd
    for (FileInfo info : missing) {
      Path incomplete = BlobDownload.incomplete(cache.blob(blobName(info)));
      long here = Files.exists(incomplete) ? Files.size(incomplete) : 0;
      needed += Math.max(0, info.size() - here);
    }
    long free = Files.getFileStore(cache.root()).getUsableSpace();
    if (needed > free) {
      throw new ModelLoadException(
          cache.root(),
          "the download takes %,.0f MB, %,d MB are free; make room or set HF_HOME to a larger disk"
              .formatted(Math.ceil(needed / 1e6), free / 1_000_000));
    }
  }
}
