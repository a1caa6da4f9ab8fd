package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's folder in the standard cache, shared with {@code huggingface_hub}:
 *
 * <pre>
 * models--org--name/
 *   blobs/ETAG                      contents, named by their hash; ETAG.incomplete while they grow
 *   refs/REVISION                   the commit that a branch or tag stood for
 *   snapshots/COMMIT/FILE           a relative link to a blob
 * </pre>
 */
final class HubCache {
  private static final Logger log = LoggerFactory.getLogger(HubCache.class);
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern SNAPSHOT_NAME = Pattern.compile("[0-9A-Za-z]{1,64}");
  private static final int MAX_FOLDER_DEPTH = 8;
  private static final long LOCK_POLL_MILLIS = 100;

  private final Path cache;
  private final String folder;

  HubCache(Path cache, String repo) {
    this.cache = cache;
    this.folder = "models--" + repo.replace("/", "--");
  }

  Path root() {
    return cache.resolve(folder);
  }

  Path blob(String name) {
    return root().resolve("blobs").resolve(name);
  }

  Path snapshot(String commit) {
    return root().resolve("snapshots").resolve(commit);
  }

  /** Whether what the hub calls a commit can be a folder's name. */
  static boolean isSnapshotName(String commit) {
    return SNAPSHOT_NAME.matcher(commit).matches();
  }

  /** Whether a revision can only be a commit, which needs no looking up. */
  private static boolean isCommit(String revision) {
    return COMMIT.matcher(revision).matches();
  }

  /** The commit that a revision last stood for, if its snapshot is here. */
  Optional<String> commit(String revision) throws IOException {
    String commit = revision;
    if (!isCommit(revision)) {
      Path ref = root().resolve("refs").resolve(revision);
      commit = Files.isRegularFile(ref) ? Files.readString(ref).strip() : "";
    }
    return isSnapshotName(commit) && Files.isDirectory(snapshot(commit))
        ? Optional.of(commit)
        : Optional.empty();
  }

  /** Names of the files in a snapshot whose blobs are there. */
  Set<String> files(String commit) throws IOException {
    Path snapshot = snapshot(commit);
    try (Stream<Path> walk = Files.walk(snapshot, MAX_FOLDER_DEPTH)) {
      return walk.filter(Files::isRegularFile)
          .map(f -> snapshot.relativize(f).toString().replace('\\', '/'))
          .collect(Collectors.toSet());
    }
  }

  /** Written last, so that a revision found here is complete. */
  void writeRef(String revision, String commit) throws IOException {
    if (!isCommit(revision)) {
      Path ref = root().resolve("refs").resolve(revision);
      Files.createDirectories(ref.getParent());
      Path fresh = Files.createTempFile(ref.getParent(), ".ref", null);
      Files.writeString(fresh, commit);
      move(fresh, ref);
    }
  }

  /** Makes {@code snapshots/commit/file} stand for a finished blob. */
  Path link(String commit, String file, Path blob) throws IOException {
    Path link = snapshot(commit).resolve(file);
    Files.createDirectories(link.getParent());
    Files.deleteIfExists(link);
    try {
      Files.createSymbolicLink(link, link.getParent().relativize(blob));
    } catch (FileAlreadyExistsException e) {
      log.debug("{} was linked by another process", link);
    } catch (UnsupportedOperationException e) {
      log.debug("no symbolic links on this file system, copying {}", link);
      Files.copy(blob, link);
    }
    return link;
  }

  static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Waits until no other process or thread fetches this model; close to let the next one in. */
  FileChannel lock() throws IOException {
    Path file = cache.resolve(".locks").resolve(folder).resolve("penstock.lock");
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      for (boolean first = true; !tryLock(channel); first = false) {
        if (first) {
          log.info("waiting for another download of {}", folder);
        }
        Thread.sleep(LOCK_POLL_MILLIS);
      }
      locked = true;
      return channel;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ModelLoadException("interrupted while waiting for another download", e);
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread of this process has it
    }
  }
}
