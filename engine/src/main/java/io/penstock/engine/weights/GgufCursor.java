package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Reads GGUF's little-endian scalars and strings in order, never beyond the file. */
final class GgufCursor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Longer strings are damage: the largest chat templates have some 20 kB. */
  private static final long MAX_STRING_BYTES = 16 << 20;

  private final MappedFile file;
  private long position;

  GgufCursor(MappedFile file, long position) {
    this.file = file;
    this.position = position;
  }

  long position() {
    return position;
  }

  MappedFile file() {
    return file;
  }

  byte u8(String what) {
    return file.bytes().get(ValueLayout.JAVA_BYTE, advance(1, what));
  }

  short u16(String what) {
    return file.bytes().get(SHORT, advance(2, what));
  }

  int u32(String what) {
    return file.bytes().get(INT, advance(4, what));
  }

  long u64(String what) {
    return file.bytes().get(LONG, advance(8, what));
  }

  /** A count or size: above 2^63 is damage, whatever it counts. */
  long size(String what) {
    long value = u64(what);
    if (value < 0) {
      throw file.error(what + " claims to be " + Long.toUnsignedString(value));
    }
    return value;
  }

  /** Passes over {@code bytes} bytes, which must be there. */
  long advance(long bytes, String what) {
    if (bytes < 0 || bytes > file.size() - position) {
      throw file.error(
          "truncated or damaged: %s at byte %d needs %s bytes, %d are left"
              .formatted(what, position, Long.toUnsignedString(bytes), file.size() - position));
    }
    long at = position;
    position += bytes;
    return at;
  }

  void skipString(String what) {
    advance(u64(what), what);
  }

  /**
   * @param strict whether malformed UTF-8 is an error; otherwise it is replaced
   */
  String string(String what, boolean strict) {
    long length = u64(what);
    long at = advance(length, what);
    if (length > MAX_STRING_BYTES) {
      throw file.error(what + " has " + length + " bytes, at most " + MAX_STRING_BYTES);
    }
    MemorySegment bytes = file.bytes().asSlice(at, length);
    CodingErrorAction action = strict ? CodingErrorAction.REPORT : CodingErrorAction.REPLACE;
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(action)
          .onUnmappableCharacter(action)
          .decode(bytes.asByteBuffer())
          .toString();
    } catch (CharacterCodingException e) {
      throw new ModelLoadException(file.path(), what + " at byte " + at + " is not UTF-8", e);
    }
  }
}
