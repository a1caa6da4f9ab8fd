package io.penstock.engine.grammar;

import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.runtime.ModelText;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Vocabularies of the tests: the bundled model's, and small ones with awkward tokens. */
public final class Vocabularies {
  static final int END = 0;
  private static final Path SMOLLM2 = Path.of("../models/SmolLM2-135M-Instruct.Q4_1.gguf");

  private Vocabularies() {}

  public static TokenVocabulary smolLm2() {
    try (Checkpoint checkpoint = Checkpoints.open(SMOLLM2)) {
      return ModelText.of(checkpoint.tokenizer())
          .vocabulary(checkpoint.config().vocabSize(), checkpoint.generation().eosTokenIds());
    }
  }

  /** All bytes, and pieces of a text that begin and end anywhere, also within a character. */
  static TokenVocabulary pieces(String sample, int count, Random random) {
    byte[] text = sample.getBytes(StandardCharsets.UTF_8);
    List<byte[]> tokens = new ArrayList<>();
    tokens.add(null); // the end token
    tokens.add(null); // a control token
    for (int b = 0; b < 256; b++) {
      tokens.add(new byte[] {(byte) b});
    }
    Set<List<Byte>> seen = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      int from = random.nextInt(text.length - 1);
      int to = Math.min(text.length, from + 2 + random.nextInt(9));
      byte[] piece = java.util.Arrays.copyOfRange(text, from, to);
      List<Byte> key = new ArrayList<>();
      for (byte b : piece) {
        key.add(b);
      }
      if (seen.add(key) || i % 50 == 0) { // a few twice
        tokens.add(piece);
      }
    }
    return new TokenVocabulary(
        tokens.size() + 3,
        tokens.toArray(byte[][]::new),
        Map.of("<end>", END, "<call>", 1),
        Set.of(END),
        _ -> new int[0]);
  }
}
