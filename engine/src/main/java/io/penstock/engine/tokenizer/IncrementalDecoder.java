package io.penstock.engine.tokenizer;

/**
 * Decodes a stream of ids into the text that is certain so far. All pieces and the flush together
 * equal the decoding of all ids at once.
 *
 * <p>Held back is only what a later token can change: the bytes of an unfinished character and, for
 * SentencePiece, a run of byte tokens, which is text only if the whole run is valid UTF-8. Each id
 * costs time in proportion to its own bytes, amortised. Not safe for use by several threads.
 */
public interface IncrementalDecoder {

  /** The text that this id makes certain; often the token's own, possibly empty. */
  String add(int id);

  /** What is still held back, with U+FFFD for what never became a character. */
  String flush();
}
