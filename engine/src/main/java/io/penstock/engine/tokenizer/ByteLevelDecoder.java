package io.penstock.engine.tokenizer;

/** Byte-level BPE: tokens are bytes, and the text is their UTF-8 decoding. */
final class ByteLevelDecoder implements IncrementalDecoder {
  private final Vocabulary vocabulary;
  private final boolean skipSpecial;
  private final Utf8Stream text = new Utf8Stream();

  ByteLevelDecoder(Vocabulary vocabulary, boolean skipSpecial) {
    this.vocabulary = vocabulary;
    this.skipSpecial = skipSpecial;
  }

  @Override
  public String add(int id) {
    if (skipSpecial && id >= 0 && vocabulary.special().get(id)) {
      return "";
    }
    return text.add(vocabulary.bytes(id));
  }

  @Override
  public String flush() {
    return text.flush();
  }
}
