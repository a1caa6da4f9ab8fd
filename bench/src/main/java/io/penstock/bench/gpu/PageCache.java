package io.penstock.bench.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Brings files into the operating system's cache, so that a start is not one of the disk's. */
final class PageCache {
  private PageCache() {}

  /** Reads every file of a folder once. */
  static void fill(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> children = Files.list(directory)) {
      files = children.filter(Files::isRegularFile).toList();
    }
    files.parallelStream().forEach(PageCache::read);
  }

  private static void read(Path file) {
    byte[] buffer = new byte[1 << 20];
    try (InputStream in = Files.newInputStream(file)) {
      while (in.read(buffer) >= 0) {
        // only the reading counts
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
