package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Opens models on disk, in either container. */
public final class Checkpoints {
  private Checkpoints() {}

  /**
   * Opens a Hugging Face directory (config.json beside safetensors), a GGUF file, or a directory
   * with one GGUF file. Everything the architecture needs is checked before this returns; nothing
   * stays open or mapped when it throws.
   *
   * @throws ModelLoadException naming the file and what is wrong with it
   */
  public static Checkpoint open(Path location) {
    try {
      if (Files.isDirectory(location)) {
        return openDirectory(location);
      }
      if (!Files.exists(location)) {
        throw new ModelLoadException(location, "no such file or directory");
      }
      if (Files.isRegularFile(location) && hasGgufMagic(location)) {
        return GgufCheckpoint.open(location);
      }
      throw notAModel(location);
    } catch (IOException | UncheckedIOException e) {
      throw new ModelLoadException(location, "cannot be read: " + e, e);
    }
  }

  /** Whether a location is an encoder, which {@link #openEncoder} opens. */
  public static boolean isEncoder(Path location) {
    Path file = location.resolve("config.json");
    return Files.isDirectory(location)
        && SafetensorsShards.in(location)
        && Files.exists(file)
        && BertConfig.describes(new Fields(file, Json.object(file)));
  }

  /**
   * Opens the directory of an encoder, with the same guarantees as {@link #open}.
   *
   * @throws ModelLoadException naming the file and what is wrong with it
   */
  public static EncoderCheckpoint openEncoder(Path directory) {
    return EncoderCheckpoint.open(directory);
  }

  private static ModelLoadException notAModel(Path file) {
    if (!file.toString().endsWith(".safetensors")) {
      return new ModelLoadException(
          file,
          "not a model: expected a GGUF file (it would begin with the letters GGUF) or a Hugging"
              + " Face directory");
    }
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile.open(file, arena); // damage is the more telling error
    }
    return new ModelLoadException(
        file, "give the directory that also holds config.json, not the safetensors file");
  }

  private static Checkpoint openDirectory(Path directory) throws IOException {
    if (SafetensorsShards.in(directory)) {
      return HuggingFaceCheckpoint.open(directory);
    }
    List<Path> ggufs;
    try (Stream<Path> files = Files.list(directory)) {
      ggufs = files.filter(f -> f.getFileName().toString().endsWith(".gguf")).sorted().toList();
    }
    return switch (ggufs.size()) {
      case 0 ->
          throw new ModelLoadException(
              directory,
              "holds neither "
                  + SafetensorsShards.SINGLE
                  + " (or "
                  + SafetensorsShards.INDEX
                  + ") nor a .gguf file; other weight formats, such as pytorch_model.bin, are not"
                  + " supported");
      case 1 -> GgufCheckpoint.open(ggufs.getFirst());
      default ->
          throw new ModelLoadException(
              directory,
              "holds several GGUF files; name one of them: "
                  + String.join(
                      ", ", ggufs.stream().map(f -> f.getFileName().toString()).toList()));
    };
  }

  private static boolean hasGgufMagic(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return GgufFile.hasMagic(in.readNBytes(4));
    }
  }
}
