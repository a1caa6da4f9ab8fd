package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Text from users must not become control tokens. */
class ControlTokensTest {
  private static final Map<String, ModelTokenizer> KINDS = Fixtures.kinds();

  @Test
  void spelledOutControlTokensStayTextInEveryTokenizer() {
    KINDS.forEach(
        (kind, tokenizer) -> {
          int controls = 0;
          for (int id = 0; id < tokenizer.vocabSize(); id++) {
            if (!tokenizer.isSpecial(id)) {
              continue;
            }
            controls++;
            String text = "a" + tokenizer.token(id) + " b";
            int[] plain = tokenizer.encode(text, false, false);
            assertThat(plain).as("%s: %s", kind, text).isNotEmpty();
            assertThat(Arrays.stream(plain).noneMatch(tokenizer::isSpecial))
                .as("%s: %s", kind, text)
                .isTrue();
            assertThat(tokenizer.decode(plain, true)).isEqualTo(text);
            assertThat(tokenizer.encode(text, false, true)).contains(id);
          }
          assertThat(controls).as(kind).isPositive();
        });
  }

  @Test
  void beginningTokenIsAddedToPlainTextToo() {
    ModelTokenizer tokenizer = KINDS.get("gguf-tiny");
    assertThat(tokenizer.encode("the", true, false)).startsWith(509);
    assertThat(tokenizer.encode("the", false, false)).doesNotContain(509);
  }

  @Test
  void textWithoutControlTokensIsTheSameEitherWay() {
    String text = "Hello, world! 12 345 é 你好 😀\n\n  x";
    KINDS.forEach(
        (kind, tokenizer) ->
            assertThat(tokenizer.encode(text, true, false))
                .as(kind)
                .containsExactly(tokenizer.encode(text, true, true)));
  }
}
