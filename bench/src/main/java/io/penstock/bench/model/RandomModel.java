package io.penstock.bench.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a Hugging Face folder with random weights, fast: with all cores an 8B model takes about as
 * long as copying it. Values are runs of {@link NormalTile}, each from a place and of a length of
 * its own, so no two rows, let alone tensors, are alike. The same shape and seed give the same
 * bytes.
 */
public final class RandomModel {
  private static final int PIECE = 1 << 20; // elements that one task fills
  private static final String COMPLETE = "complete.json";

  private static final ThreadLocal<Buffers> BUFFERS = ThreadLocal.withInitial(Buffers::new);

  private final ModelShape shape;
  private final long seed;
  private final NormalTile tile;

  private RandomModel(ModelShape shape, long seed) {
    this.shape = shape;
    this.seed = seed;
    this.tile = new NormalTile(seed);
  }

  /**
   * Writes the folder, unless it is there already.
   *
   * @return the folder
   */
  public static Path write(ModelShape shape, long seed, Path directory) throws IOException {
    Path marker = directory.resolve(COMPLETE);
    String content = JsonMapper.shared().writeValueAsString(shape.config()) + seed;
    if (Files.exists(marker) && Files.readString(marker).equals(content)) {
      return directory;
    }
    clear(directory);
    Files.writeString(
        directory.resolve("config.json"), JsonMapper.shared().writeValueAsString(shape.config()));
    ByteTokenizer.write(directory, shape.vocab());
    new RandomModel(shape, seed).writeWeights(directory);
    Files.writeString(marker, content);
    return directory;
  }

  /** What was made for another model of this name must not be taken for this one's. */
  private static void clear(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private void writeWeights(Path directory) throws IOException {
    List<List<TensorPlan>> shards = shape.shards();
    Map<String, String> index = new LinkedHashMap<>();
    long bytes = 0;
    List<Piece> pieces = new ArrayList<>();
    List<FileChannel> files = new ArrayList<>();
    try {
      for (int i = 0; i < shards.size(); i++) {
        String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
        for (TensorPlan tensor : shards.get(i)) {
          index.put(tensor.name(), name);
          bytes += tensor.elements() * Short.BYTES;
        }
        FileChannel file =
            FileChannel.open(
                directory.resolve(name),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        files.add(file);
        addPieces(pieces, file, shards.get(i));
      }
      pieces.parallelStream().forEach(this::fill);
    } finally {
      for (FileChannel file : files) {
        file.close();
      }
    }
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        JsonMapper.shared()
            .writeValueAsString(
                Map.of("metadata", Map.of("total_size", bytes), "weight_map", index)));
  }

  /** Writes the header of a file and adds what is to be filled behind it. */
  private void addPieces(List<Piece> pieces, FileChannel file, List<TensorPlan> tensors)
      throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", Map.of("format", "pt")); // or transformers will not read it
    long offset = 0;
    for (TensorPlan tensor : tensors) {
      long end = offset + tensor.elements() * Short.BYTES;
      header.put(
          tensor.name(),
          Map.of(
              "dtype", shape.dtype(),
              "shape", tensor.shape(),
              "data_offsets", new long[] {offset, end}));
      offset = end;
    }
    byte[] json = JsonMapper.shared().writeValueAsBytes(header);
    int padded = Math.ceilDiv(json.length, 64) * 64 - Long.BYTES; // data begins at a multiple of 64
    padded += padded < json.length ? 64 : 0;
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded).put(json);
    bytes.put(" ".repeat(padded - json.length).getBytes(StandardCharsets.US_ASCII)).flip();
    file.write(bytes, 0);
    long position = Long.BYTES + padded;
    for (TensorPlan tensor : tensors) {
      for (long from = 0; from < tensor.elements(); from += PIECE) {
        int count = (int) Math.min(PIECE, tensor.elements() - from);
        pieces.add(new Piece(file, position + from * Short.BYTES, tensor, from, count));
      }
      position += tensor.elements() * Short.BYTES;
    }
  }

  /**
   * @param position in the file, in bytes
   * @param from first element of the tensor
   */
  private record Piece(FileChannel file, long position, TensorPlan tensor, long from, int count) {}

  /** What a thread fills pieces in. */
  private static final class Buffers {
    final short[] values = new short[PIECE];
    final ByteBuffer bytes =
        ByteBuffer.allocateDirect(PIECE * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void fill(Piece piece) {
    short[] values = BUFFERS.get().values;
    long pieceSeed = seed + piece.tensor.name().hashCode() * 0x9E3779B97F4A7C15L + piece.from;
    tile.fill(
        values, piece.count, piece.tensor, piece.from, pieceSeed, shape.dtype().equals("BF16"));
    ByteBuffer bytes = BUFFERS.get().bytes.clear().limit(piece.count * Short.BYTES);
    bytes.asShortBuffer().put(values, 0, piece.count);
    try {
      while (bytes.hasRemaining()) {
        piece.file.write(bytes, piece.position + bytes.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
