package io.penstock.engine.weights;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One GGUF file, version 2 or 3: magic, version, counts, metadata, tensor descriptions, padding,
 * then the tensors' bytes (github.com/ggml-org/ggml, docs/gguf.md). Everything is checked against
 * the file's size while it is read; nothing is allocated because a number claims it.
 *
 * @param metadata Long, BigInteger, Double, Boolean, String or {@link GgufArray} by key
 * @param tensors by stored name
 */
record GgufFile(Path path, Map<String, Object> metadata, Map<String, StoredTensor> tensors) {
  private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_DIMENSIONS = 4;
  private static final String ALIGNMENT = "general.alignment";
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int MAX_ALIGNMENT = 1 << 20;

  static boolean hasMagic(byte[] head) {
    return Arrays.equals(head, MAGIC);
  }

  /** Maps a file and reads all but the tensors' bytes. */
  static GgufFile open(Path path, Arena arena) {
    MappedFile file = MappedFile.open(path, arena);
    GgufCursor cursor = new GgufCursor(file, 0);
    checkVersion(cursor);
    long tensorCount = cursor.size("the number of tensors");
    long keyCount = cursor.size("the number of metadata keys");
    Map<String, Object> metadata = readMetadata(cursor, keyCount);
    List<Description> descriptions = readDescriptions(cursor, tensorCount);
    Fields fields = new Fields(path, metadata);
    int alignment = fields.integer(ALIGNMENT, 1, MAX_ALIGNMENT, DEFAULT_ALIGNMENT);
    if (Integer.bitCount(alignment) != 1) {
      throw fields.error(ALIGNMENT, "%d is not a power of two", alignment);
    }
    long dataStart = (cursor.position() + alignment - 1) / alignment * alignment;
    return new GgufFile(path, metadata, place(file, descriptions, dataStart, alignment));
  }

  private static void checkVersion(GgufCursor cursor) {
    MappedFile file = cursor.file();
    byte[] magic = new byte[MAGIC.length];
    for (int i = 0; i < magic.length; i++) {
      magic[i] = cursor.u8("the magic");
    }
    if (!hasMagic(magic)) {
      throw file.error("not a GGUF file: it does not begin with the letters GGUF");
    }
    int version = cursor.u32("the version");
    if (version != 2 && version != 3) {
      boolean swapped = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
      throw file.error(
          swapped
              ? "big-endian GGUF is not supported; supported: little-endian"
              : "unsupported GGUF version "
                  + Integer.toUnsignedString(version)
                  + "; supported: 2 and 3");
    }
  }

  private static Map<String, Object> readMetadata(GgufCursor cursor, long count) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = cursor.string("a metadata key", true);
      if (metadata.containsKey(key)) {
        throw cursor.file().error("metadata has the key " + Fields.show(key) + " twice");
      }
      metadata.put(key, GgufValueType.readTyped(cursor, key));
    }
    return metadata;
  }

  private record Description(
      String name, GgufTensorType type, long[] shape, long offset, long bytes) {}

  private static List<Description> readDescriptions(GgufCursor cursor, long count) {
    List<Description> descriptions = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      descriptions.add(readDescription(cursor));
    }
    return descriptions;
  }

  private static Description readDescription(GgufCursor cursor) {
    String name = cursor.string("a tensor's name", true);
    String what = "tensor " + Fields.show(name);
    int dimensions = cursor.u32(what);
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw cursor
          .file()
          .error(what + ": " + Integer.toUnsignedString(dimensions) + " dimensions, at most 4");
    }
    long[] shape = new long[dimensions];
    for (int i = dimensions - 1; i >= 0; i--) { // stored fastest first
      shape[i] = cursor.size("a dimension of " + what);
    }
    int id = cursor.u32(what);
    GgufTensorType type = GgufTensorType.of(id);
    if (type == null) {
      throw cursor
          .file()
          .error(
              "%s: unknown type %s; supported: %s"
                  .formatted(what, Integer.toUnsignedString(id), StoredTensor.supportedTypes()));
    }
    try {
      return new Description(name, type, shape, cursor.size(what), type.bytes(shape));
    } catch (ArithmeticException e) {
      throw cursor
          .file()
          .error("%s: %s %s: %s".formatted(what, type, Arrays.toString(shape), e.getMessage()));
    }
  }

  private static Map<String, StoredTensor> place(
      MappedFile file, List<Description> descriptions, long dataStart, int alignment) {
    long dataBytes = Math.max(0, file.size() - dataStart);
    Map<String, StoredTensor> tensors = LinkedHashMap.newLinkedHashMap(descriptions.size());
    for (Description d : descriptions) {
      if (d.offset % alignment != 0) {
        throw file.error(
            "tensor %s: offset %d is not a multiple of the alignment %d"
                .formatted(d.name, d.offset, alignment));
      }
      if (d.offset > dataBytes || d.bytes > dataBytes - d.offset) {
        throw file.error(
            "truncated or damaged: tensor %s needs %d bytes at offset %d, the data has %d"
                .formatted(d.name, d.bytes, d.offset, dataBytes));
      }
      StoredTensor tensor =
          new StoredTensor(
              file.path(),
              d.name,
              d.type.name(),
              d.type.dtype(),
              d.shape,
              file.bytes().asSlice(Math.min(file.size(), dataStart + d.offset), d.bytes));
      if (tensors.put(d.name, tensor) != null) {
        throw file.error("two tensors have the name " + d.name);
      }
    }
    checkOverlaps(file, descriptions);
    return tensors;
  }

  private static void checkOverlaps(MappedFile file, List<Description> descriptions) {
    List<Description> sorted = new ArrayList<>(descriptions);
    sorted.sort(Comparator.comparingLong(Description::offset));
    Description before = null;
    for (Description d : sorted) {
      if (before != null && before.offset + before.bytes > d.offset) {
        throw file.error("tensors " + before.name + " and " + d.name + " overlap");
      }
      if (d.bytes > 0) {
        before = d;
      }
    }
  }
}
