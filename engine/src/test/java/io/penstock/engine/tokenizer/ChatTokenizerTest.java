package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.TokenizerSource;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/** Rendered chats and their ids against the reference files. */
class ChatTokenizerTest {
  static final List<String> TINY = Fixtures.TINY;

  @Test
  void smollm2RendersAndEncodesEveryReferencePrompt() {
    ChatTokenizer tokenizer = ChatTokenizer.of(Fixtures.gguf(Fixtures.SMOLLM2));
    int chats = 0;
    for (JsonNode c : Fixtures.json("smollm2/smollm2-reference.json").path("cases")) {
      String prompt = c.path("prompt").asString();
      if (!c.path("messages").isNull()) {
        chats++;
        assertThat(tokenizer.renderChat(messages(c), null, true, Map.of())).isEqualTo(prompt);
      }
      int[] expected =
          IntStream.range(0, c.path("prompt_ids").size())
              .map(i -> c.path("prompt_ids").get(i).asInt())
              .toArray();
      assertThat(tokenizer.encode(prompt, false, true)).containsExactly(expected);
    }
    assertThat(chats).isPositive();
  }

  @ParameterizedTest
  @FieldSource("TINY")
  void tinyModelsRenderTheirChat(String name) {
    agrees(Fixtures.tiny(name), Fixtures.json("tiny/" + name + "/reference.json"));
  }

  @Test
  void ggufTinyRendersItsChat() {
    agrees(
        Fixtures.gguf(Fixtures.ROOT.resolve("gguf-tiny/F32.gguf")),
        Fixtures.json("gguf-tiny/reference.json"));
  }

  private static void agrees(TokenizerSource source, JsonNode reference) {
    JsonNode chat = reference.path("tokenizer").path("chat");
    String text =
        ChatTokenizer.of(source)
            .renderChat(
                messages(chat), null, chat.path("add_generation_prompt").asBoolean(), Map.of());
    assertThat(text).isEqualTo(chat.path("text").asString());
  }

  private static List<Map<String, Object>> messages(JsonNode holder) {
    return Fixtures.JSON.convertValue(
        holder.path("messages"), new TypeReference<List<Map<String, Object>>>() {});
  }
}
