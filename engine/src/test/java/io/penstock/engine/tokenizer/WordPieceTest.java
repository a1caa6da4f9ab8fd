package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A BERT's vocabulary alone. */
class WordPieceTest {
  private static final List<String> VOCABULARY =
      List.of(
          "[PAD]",
          "[UNK]",
          "[CLS]",
          "[SEP]",
          "[MASK]",
          "cafe",
          "caf\u00e9",
          "Cafe",
          "un",
          "##aff",
          "##able",
          "\u6771",
          "\u4eac",
          "!",
          "a",
          "##a");

  private static int[] ids(Map<String, Object> config, String text, boolean special) {
    return ModelTokenizer.of(new TokenizerSource.WordPiece(VOCABULARY, config))
        .encode(text, true, special);
  }

  @Test
  void lowersStripsAccentsAndSplits() {
    assertThat(ids(Map.of(), "Caf\u00e9 unaffable!", true)).containsExactly(2, 5, 8, 9, 10, 13, 3);
    assertThat(ids(Map.of(), "\u6771\u4eac!!", true)).containsExactly(2, 11, 12, 13, 13, 3);
    assertThat(ids(Map.of(), "cafe\u0007\u00a0\tun", true)).containsExactly(2, 5, 8, 3);
    assertThat(ids(Map.of(), "zzz", true)).containsExactly(2, 1, 3);
    assertThat(ids(Map.of(), "a".repeat(100), true)).hasSize(102);
    assertThat(ids(Map.of(), "a".repeat(101), true)).containsExactly(2, 1, 3);
  }

  @Test
  void followsItsConfiguration() {
    Map<String, Object> cased = Map.of("do_lower_case", false);
    assertThat(ids(cased, "Cafe caf\u00e9", true)).containsExactly(2, 7, 6, 3);
    assertThat(ids(Map.of("strip_accents", false), "CAF\u00c9", true)).containsExactly(2, 6, 3);
    assertThat(ids(Map.of("tokenize_chinese_chars", false), "\u6771\u4eac", true))
        .containsExactly(2, 1, 3);
  }

  @Test
  void controlTokensAreTextIfTheyAreSaidToBe() {
    assertThat(ids(Map.of(), "[SEP] a", true)).containsExactly(2, 3, 14, 3);
    assertThat(ids(Map.of(), "[SEP] a", false)).doesNotContain(4).startsWith(2, 1).endsWith(14, 3);
  }

  @Test
  void aVocabularyWithoutControlTokensIsRefused() {
    assertThatThrownBy(
            () ->
                ModelTokenizer.of(
                    new TokenizerSource.WordPiece(List.of("[UNK]", "[CLS]"), Map.of())))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("[SEP]");
  }
}
