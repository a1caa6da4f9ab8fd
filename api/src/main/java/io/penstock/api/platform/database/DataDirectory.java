package io.penstock.api.platform.database;

import io.penstock.api.platform.SettingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/**
 * The folder that belongs to one running Penstock. Holds a file lock, which the operating system
 * releases however the process ends, so that a second start is refused while the first one runs and
 * never blocked by one that was killed.
 */
public final class DataDirectory implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path path;
  private final FileChannel channel;

  private DataDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Creates the folder if needed and takes it. */
  public static DataDirectory open(Path path) {
    FileChannel channel = null;
    try {
      Files.createDirectories(path);
      Path file = path.resolve("penstock.lock");
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new SettingException(
            "The data directory %s is in use by another Penstock (process %s). Stop it, or set penstock.data-dir to another folder."
                .formatted(path, Files.readString(file).strip()));
      }
      channel.truncate(0);
      channel.write(StandardCharsets.UTF_8.encode(Long.toString(ProcessHandle.current().pid())), 0);
      return new DataDirectory(path, channel);
    } catch (IOException e) {
      close(channel);
      throw new SettingException(
          "The data directory %s cannot be used: %s. Set penstock.data-dir to a folder that can be written."
              .formatted(path, e),
          e);
    } catch (SettingException e) {
      close(channel);
      throw e;
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null; // held by this very process
    }
  }

  public Path path() {
    return path;
  }

  /**
   * A secret of 256 random bits in base64url, kept in a file that only the owner may read; made at
   * the first call.
   */
  public static String secret(Path directory, String name) {
    Path file = directory.resolve(name);
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(directory);
        byte[] random = new byte[32];
        RANDOM.nextBytes(random);
        writePrivate(file, Base64.getUrlEncoder().withoutPadding().encodeToString(random));
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a secret in " + file, e);
    }
  }

  private static void writePrivate(Path file, String content) throws IOException {
    Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rw-------");
    try (var out =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(ownerOnly))) {
      out.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Override
  public void close() {
    close(channel);
  }

  private static void close(FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
