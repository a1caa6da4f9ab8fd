package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.hub.HubApi.FileInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Brings one file's bytes to disk: they grow in {@code BLOB.incomplete}, across cut connections and
 * restarts of the process, and get their name once the checksum holds.
 */
final class BlobDownload {
  private static final int BUFFER_BYTES = 1 << 18;
  private static final long REPORT_EVERY_BYTES = 1 << 20;

  private final HubTransport transport;
  private final FileInfo info;
  private final URI uri;
  private final Path blob;
  private final Path incomplete;
  private final HubProgress progress;

  BlobDownload(HubTransport transport, FileInfo info, URI uri, Path blob, HubProgress progress) {
    this.transport = transport;
    this.info = info;
    this.uri = uri;
    this.blob = blob;
    this.incomplete = incomplete(blob);
    this.progress = progress;
  }

  static Path incomplete(Path blob) {
    return blob.resolveSibling(blob.getFileName() + ".incomplete");
  }

  /**
   * @throws IOException when the hub cannot be reached
   * @throws ModelLoadException when the bytes are not what the hub says they are
   */
  void run() throws IOException {
    Files.createDirectories(blob.getParent());
    boolean resumed = here() > 0;
    transferAll();
    if (resumed && !verified()) {
      // The part from before may be to blame: once more, from the start.
      Files.delete(incomplete);
      transferAll();
    }
    if (!verified()) {
      Files.delete(incomplete);
      throw new ModelLoadException(
          info.name()
              + ": checksum mismatch, the bytes received do not have the hash "
              + info.etag()
              + "; try again");
    }
    HubCache.move(incomplete, blob);
  }

  private boolean verified() throws IOException {
    return (info.size() < 0 || here() == info.size()) && Checksum.matches(incomplete, info.etag());
  }

  private void transferAll() throws IOException {
    Backoff backoff = new Backoff(transport.settings().retryDelay());
    while (info.size() < 0 || here() < info.size() || !Files.exists(incomplete)) {
      long before = here();
      try {
        transfer(before);
        if (info.size() < 0 || here() == info.size()) {
          break;
        }
        if (here() > info.size()) {
          Files.delete(incomplete);
          throw new IOException("more bytes than the " + info.size() + " announced");
        }
        throw new IOException("connection ended at %d of %d".formatted(here(), info.size()));
      } catch (IOException e) {
        if (here() > before) {
          backoff.progressed();
        }
        backoff.failed(info.name(), e);
      }
    }
    progress.at(info.name(), here(), info.size());
  }

  private void transfer(long from) throws IOException {
    Map<String, String> range = from > 0 ? Map.of("Range", "bytes=" + from + "-") : Map.of();
    HttpResponse<InputStream> response = transport.send("GET", uri, range);
    try (InputStream body = response.body()) {
      if (response.statusCode() == 416) {
        Files.delete(incomplete);
        throw new IOException("the hub has no bytes from " + from + " on; starting again");
      }
      boolean append = response.statusCode() == 206 && from > 0;
      if (append && !startsAt(response, from)) {
        throw new IOException("the hub sent another range than asked for");
      }
      copy(body, append ? from : 0);
    }
  }

  private static boolean startsAt(HttpResponse<?> response, long from) {
    return response
        .headers()
        .firstValue("content-range")
        .filter(r -> r.startsWith("bytes " + from + "-"))
        .isPresent();
  }

  private void copy(InputStream body, long from) throws IOException {
    long done = from;
    long reported = from;
    progress.at(info.name(), done, info.size());
    try (OutputStream out = openAt(from);
        StallGuard guard = new StallGuard(body, transport.settings().stallTimeout())) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        guard.moved();
        write(out, buffer, n);
        done += n;
        if (done - reported >= REPORT_EVERY_BYTES) {
          progress.at(info.name(), done, info.size());
          reported = done;
        }
      }
    }
  }

  private OutputStream openAt(long from) throws IOException {
    return from > 0
        ? Files.newOutputStream(incomplete, StandardOpenOption.APPEND)
        : Files.newOutputStream(incomplete);
  }

  /** A full disk does not get better by asking the hub again. */
  private void write(OutputStream out, byte[] buffer, int n) {
    try {
      out.write(buffer, 0, n);
    } catch (IOException e) {
      throw new ModelLoadException(incomplete, "cannot be written: " + e.getMessage(), e);
    }
  }

  private long here() throws IOException {
    return Files.exists(incomplete) ? Files.size(incomplete) : 0;
  }
}
