package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.TokenizerSource;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class IncrementalDecoderTest {
  private static final Map<String, ModelTokenizer> KINDS = Fixtures.kinds();

  @Provide
  Arbitrary<String> kinds() {
    return Arbitraries.of(KINDS.keySet());
  }

  @Provide
  Arbitrary<double[]> positions() {
    return Arbitraries.doubles().between(0, 1).array(double[].class).ofMaxSize(40);
  }

  /** The first ids hold control, byte and single-character tokens: half of the ids are those. */
  @Property(tries = 2000)
  void piecesTogetherEqualTheDecodingOfAll(
      @ForAll("kinds") String kind,
      @ForAll("positions") double[] positions,
      @ForAll boolean skipSpecial) {
    ModelTokenizer tokenizer = KINDS.get(kind);
    int[] ids =
        Arrays.stream(positions)
            .mapToInt(p -> (int) (p < 0.5 ? p * 2 * 280 : (p - 0.5) * 2 * tokenizer.vocabSize()))
            .toArray();
    assertThat(ModelTokenizerTest.streamed(tokenizer, ids, skipSpecial))
        .isEqualTo(tokenizer.decode(ids, skipSpecial));
  }

  @Property(tries = 500)
  void textComesBackAndNothingIsLeftIncomplete(
      @ForAll("kinds") String kind, @ForAll("texts") String text) {
    ModelTokenizer tokenizer = KINDS.get(kind);
    int[] ids = tokenizer.encode(text, false, false);
    IncrementalDecoder decoder = tokenizer.incrementalDecoder(true, false);
    StringBuilder all = new StringBuilder();
    for (int id : ids) {
      String piece = decoder.add(id);
      assertThat(piece).doesNotContain("\uFFFD");
      all.append(piece);
    }
    assertThat(all + decoder.flush()).isEqualTo(tokenizer.decode(ids, true));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "a", " ", "é", "你", "😀", "\n", "the ", "👍🏽", "\u0000", "1", "▁", "</s>")
        .list()
        .ofMaxSize(20)
        .map(parts -> String.join("", parts));
  }

  @Test
  void unfinishedCharacterIsHeldBack() {
    ModelTokenizer tokenizer = KINDS.get("SmolLM2");
    int[] ids = tokenizer.encode("𝄞", false, true);
    assertThat(ids.length).isGreaterThan(1);
    IncrementalDecoder decoder = tokenizer.incrementalDecoder(true, true);
    for (int i = 0; i < ids.length - 1; i++) {
      assertThat(decoder.add(ids[i])).isEmpty();
    }
    assertThat(decoder.add(ids[ids.length - 1])).isEqualTo("𝄞");
    decoder.add(ids[0]);
    assertThat(decoder.flush()).isEqualTo("\uFFFD");
  }

  @Test
  void continuedTextKeepsItsLeadingSpace() {
    ModelTokenizer tokenizer = KINDS.get("mistral-swa");
    int[] ids = tokenizer.encode("the", false, true);
    assertThat(tokenizer.incrementalDecoder(true, false).add(ids[0])).isEqualTo("the");
    assertThat(tokenizer.incrementalDecoder(true, true).add(ids[0])).isEqualTo(" the");
  }

  @Test
  void decoderOfAnotherKindIsStreamedThroughAWindow() {
    String json =
        """
        {"version": "1.0", "added_tokens": [], "normalizer": null,
         "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null,
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": false},
         "model": {"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##",
          "max_input_chars_per_word": 100, "vocab": {"?": 0, "play": 1, "##ing": 2, "now": 3}}}
        """;
    ModelTokenizer tokenizer =
        ModelTokenizer.of(new TokenizerSource.HuggingFace(json, Map.of(), null));
    int[] ids = tokenizer.encode("playing now playing", false, false);
    assertThat(ids).containsExactly(1, 2, 3, 1, 2);
    assertThat(ModelTokenizerTest.streamed(tokenizer, ids, true)).isEqualTo("playing now playing");
  }
}
