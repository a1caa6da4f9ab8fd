package io.penstock.engine.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns bytes that arrive in pieces into text; an unfinished character waits for the next piece.
 * What is not UTF-8 becomes one U+FFFD for each maximal part of a well-formed sequence (the
 * practice that the Unicode standard recommends in section 3.9).
 */
final class Utf8Stream {
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private byte[] pending = new byte[0];

  String add(byte[] bytes) {
    return decode(bytes, false);
  }

  String flush() {
    String rest = decode(new byte[0], true);
    decoder.reset();
    return rest;
  }

  private String decode(byte[] bytes, boolean end) {
    ByteBuffer in =
        ByteBuffer.allocate(pending.length + bytes.length).put(pending).put(bytes).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    CoderResult result = decoder.decode(in, out, end);
    if (end && result.isUnderflow()) {
      decoder.flush(out);
    }
    pending = new byte[in.remaining()];
    in.get(pending);
    return out.flip().toString();
  }
}
