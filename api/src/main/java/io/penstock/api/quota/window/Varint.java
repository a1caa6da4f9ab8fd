package io.penstock.api.quota.window;

import java.nio.ByteBuffer;

/** Numbers of at least 0 in seven bits a byte, the lowest first, as in Protocol Buffers. */
final class Varint {
  /** Bytes of the longest. */
  static final int LONGEST = 9;

  private Varint() {}

  static void write(ByteBuffer out, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("negative: " + value);
    }
    long rest = value;
    while (rest >= 0x80) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  static long read(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }
}
