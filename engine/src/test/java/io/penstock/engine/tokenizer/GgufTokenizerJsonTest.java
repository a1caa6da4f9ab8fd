package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class GgufTokenizerJsonTest {
  private static final ModelTokenizer FROM_MERGES = ModelTokenizer.of(Fixtures.tiny("mistral-swa"));
  private static final ModelTokenizer FROM_SCORES =
      ModelTokenizer.of(Fixtures.sentencePiece("mistral-swa", true));

  @Test
  void sentencePieceScoresGiveTheIdsThatItsMergesGive() {
    for (JsonNode c :
        Fixtures.json("tiny/mistral-swa/reference.json").path("tokenizer").path("cases")) {
      String text = c.path("text").asString();
      int[] ids = FROM_SCORES.encode(text, true, true);
      assertThat(ids).containsExactly(FROM_MERGES.encode(text, true, true));
      assertThat(FROM_SCORES.decode(ids, true))
          .isEqualTo(c.path("decoded_without_specials").asString());
    }
  }

  @Property(tries = 300)
  void sentencePieceAgreesOnAnyText(@ForAll("texts") String text) {
    assertThat(FROM_SCORES.encode(text, false, true))
        .containsExactly(FROM_MERGES.encode(text, false, true));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars("the anwiods\té你\n1,").ofMaxLength(60);
  }

  @Test
  void everyKnownPreTokenizerCutsText() {
    TokenizerSource.Gguf tiny = Fixtures.gguf(Fixtures.GGUF_TINY);
    String text = "It's 12345 größer; 你好 HelloWorld!\r\n\n  x = y\t// end ";
    for (String pre : PreTokenizers.names()) {
      ModelTokenizer tokenizer = ModelTokenizer.of(with(tiny, tiny.model(), pre));
      assertThat(tokenizer.decode(tokenizer.encode(text, false, false), false))
          .as(pre)
          .isEqualTo(text);
    }
  }

  @Test
  void unknownPreTokenizerIsRefusedByName() {
    TokenizerSource.Gguf tiny = Fixtures.gguf(Fixtures.GGUF_TINY);
    assertThatThrownBy(() -> ModelTokenizer.of(with(tiny, "gpt2", "made-up")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("\"made-up\"")
        .hasMessageContaining("llama-bpe");
  }

  @Test
  void unknownModelIsRefusedByName() {
    TokenizerSource.Gguf tiny = Fixtures.gguf(Fixtures.GGUF_TINY);
    assertThatThrownBy(() -> ModelTokenizer.of(with(tiny, "t5", "default")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("\"t5\"");
  }

  private static TokenizerSource.Gguf with(TokenizerSource.Gguf s, String model, String pre) {
    return new TokenizerSource.Gguf(
        model,
        pre,
        s.tokens(),
        s.types(),
        s.scores(),
        s.merges(),
        s.bosId(),
        s.eosId(),
        s.unknownId(),
        s.padId(),
        s.addBos(),
        s.addEos(),
        s.addSpacePrefix(),
        s.chatTemplate());
  }
}
