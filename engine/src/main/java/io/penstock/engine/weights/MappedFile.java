package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file's bytes, mapped read-only for the life of an arena; the descriptor is closed at once. */
record MappedFile(Path path, MemorySegment bytes) {

  static MappedFile open(Path path, Arena arena) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new ModelLoadException(path, "is not a regular file");
    }
    try (FileChannel channel = FileChannel.open(path)) {
      return new MappedFile(path, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (NoSuchFileException e) {
      throw new ModelLoadException(path, "no such file", e);
    } catch (IOException e) {
      throw new ModelLoadException(path, "cannot be mapped: " + e, e);
    }
  }

  long size() {
    return bytes.byteSize();
  }

  ModelLoadException error(String message) {
    return new ModelLoadException(path, message);
  }
}
