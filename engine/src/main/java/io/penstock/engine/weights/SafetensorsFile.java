package io.penstock.engine.weights;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.ModelLoadException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file: 8 bytes of header length N, N bytes of JSON ({@code name -> {dtype, shape,
 * data_offsets}}), then the tensors' bytes, end to end without gaps
 * (github.com/huggingface/safetensors).
 */
final class SafetensorsFile {
  /** The format's own limit. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private static final int LENGTH_BYTES = 8;
  private static final int MAX_DIMENSIONS = 8;
  private static final String METADATA = "__metadata__";
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Bits of an element of each type that the format defines. */
  private static final Map<String, Integer> TYPE_BITS =
      Map.ofEntries(
          Map.entry("BOOL", 8),
          Map.entry("F4", 4),
          Map.entry("F6_E2M3", 6),
          Map.entry("F6_E3M2", 6),
          Map.entry("U8", 8),
          Map.entry("I8", 8),
          Map.entry("F8_E5M2", 8),
          Map.entry("F8_E4M3", 8),
          Map.entry("F8_E8M0", 8),
          Map.entry("I16", 16),
          Map.entry("U16", 16),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("I32", 32),
          Map.entry("U32", 32),
          Map.entry("F32", 32),
          Map.entry("C64", 64),
          Map.entry("F64", 64),
          Map.entry("I64", 64),
          Map.entry("U64", 64));

  private static final Map<String, DType> SUPPORTED =
      Map.of("F32", DType.F32, "F16", DType.F16, "BF16", DType.BF16);

  private final MappedFile file;
  private final long dataStart;

  private SafetensorsFile(MappedFile file, long dataStart) {
    this.file = file;
    this.dataStart = dataStart;
  }

  /** Maps a file and returns its tensors by name. */
  static Map<String, StoredTensor> open(Path path, Arena arena) {
    MappedFile file = MappedFile.open(path, arena);
    if (file.size() < LENGTH_BYTES) {
      throw file.error("truncated: ends inside the 8 bytes of the header's length");
    }
    long header = file.bytes().get(LENGTH, 0);
    if (header < 0 || header > file.size() - LENGTH_BYTES) {
      throw file.error(
          "truncated or damaged: the header claims %s bytes, the file has %d after the length"
              .formatted(Long.toUnsignedString(header), file.size() - LENGTH_BYTES));
    }
    if (header > MAX_HEADER_BYTES) {
      throw file.error("the header has " + header + " bytes, at most " + MAX_HEADER_BYTES);
    }
    byte[] json = file.bytes().asSlice(LENGTH_BYTES, header).toArray(ValueLayout.JAVA_BYTE);
    return new SafetensorsFile(file, LENGTH_BYTES + header).read(Json.object(path, json));
  }

  private record Range(String name, long begin, long end) {}

  private Map<String, StoredTensor> read(Map<String, Object> header) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    List<Range> ranges = new ArrayList<>();
    for (var entry : header.entrySet()) {
      String name = entry.getKey();
      if (name.equals(METADATA)) {
        continue;
      }
      if (!(entry.getValue() instanceof Map<?, ?> description)) {
        throw error(name, "expected an object with dtype, shape and data_offsets");
      }
      Range range = range(name, description.get("data_offsets"));
      tensors.put(name, tensor(name, description, range));
      ranges.add(range);
    }
    checkCoverage(ranges);
    return tensors;
  }

  private StoredTensor tensor(String name, Map<?, ?> description, Range range) {
    Integer bits = description.get("dtype") instanceof String type ? TYPE_BITS.get(type) : null;
    if (bits == null) {
      throw error(
          name,
          "unknown dtype %s; supported: %s",
          Fields.show(description.get("dtype")),
          "F32, F16, BF16");
    }
    String type = (String) description.get("dtype");
    long[] shape = shape(name, description.get("shape"));
    long bytes = bytes(name, shape, bits);
    if (bytes != range.end - range.begin) {
      throw error(
          name,
          "%s %s takes %d bytes, data_offsets span %d",
          type,
          Arrays.toString(shape),
          bytes,
          range.end - range.begin);
    }
    return new StoredTensor(
        file.path(),
        name,
        type,
        SUPPORTED.get(type),
        shape,
        file.bytes().asSlice(dataStart + range.begin, bytes));
  }

  private long[] shape(String name, Object value) {
    if (!(value instanceof List<?> list) || list.size() > MAX_DIMENSIONS) {
      throw error(name, "shape: expected a list of sizes, found %s", Fields.show(value));
    }
    long[] shape = new long[list.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = natural(name, "shape", list.get(i));
    }
    return shape;
  }

  private long bytes(String name, long[] shape, int bits) {
    try {
      long elements = 1;
      for (long size : shape) {
        elements = Math.multiplyExact(elements, size);
      }
      return Math.addExact(Math.multiplyExact(elements, (long) bits), 7) / 8;
    } catch (ArithmeticException e) {
      throw error(name, "shape %s is too large", Arrays.toString(shape));
    }
  }

  private Range range(String name, Object value) {
    if (!(value instanceof List<?> list) || list.size() != 2) {
      throw error(name, "data_offsets: expected [begin, end], found %s", Fields.show(value));
    }
    long begin = natural(name, "data_offsets", list.get(0));
    long end = natural(name, "data_offsets", list.get(1));
    if (end < begin || end > file.size() - dataStart) {
      throw error(
          name,
          "truncated or damaged: data_offsets [%d, %d] do not lie in the %d bytes of data",
          begin,
          end,
          file.size() - dataStart);
    }
    return new Range(name, begin, end);
  }

  /** The format forbids overlaps and holes, so that no byte has two meanings or none. */
  private void checkCoverage(List<Range> ranges) {
    ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
    long at = 0;
    for (Range range : ranges) {
      if (range.begin != at) {
        throw error(
            range.name,
            "data_offsets begin at %d, %s the end of the tensor before it at %d",
            range.begin,
            range.begin < at ? "overlapping" : "leaving a hole after",
            at);
      }
      at = range.end;
    }
    if (at != file.size() - dataStart) {
      throw file.error(
          "%d bytes of data, the tensors take %d".formatted(file.size() - dataStart, at));
    }
  }

  private long natural(String name, String key, Object value) {
    Long number = value instanceof Integer || value instanceof Long ? Fields.integral(value) : null;
    if (number == null || number < 0) {
      throw error(name, "%s: %s is not a size", key, Fields.show(value));
    }
    return number;
  }

  private ModelLoadException error(String tensor, String message, Object... arguments) {
    return file.error("tensor " + Fields.show(tensor) + ": " + message.formatted(arguments));
  }
}
