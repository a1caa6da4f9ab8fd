package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Agreement with ids that Hugging Face's tokenizers and llama.cpp computed. */
class ModelTokenizerTest {

  @TestFactory
  List<DynamicTest> smollm2AgreesOnEveryCase() {
    ModelTokenizer tokenizer = ModelTokenizer.of(Fixtures.gguf(Fixtures.SMOLLM2));
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode c : Fixtures.json("smollm2/smollm2-tokenizer.json").path("cases")) {
      String text = c.path("text").asString();
      tests.add(
          DynamicTest.dynamicTest(
              "%d %s".formatted(tests.size(), c.path("category").asString()),
              () -> {
                int[] ids = tokenizer.encode(text, false, c.path("parse_special").asBoolean());
                assertThat(ids).as(text).containsExactly(ids(c.path("ids")));
                String expected =
                    c.path("round_trip").asBoolean() ? text : c.path("decoded").asString();
                assertThat(tokenizer.decode(ids, false)).isEqualTo(expected);
                assertThat(streamed(tokenizer, ids, false)).isEqualTo(expected);
              }));
    }
    assertThat(tests).hasSize(200);
    return tests;
  }

  @TestFactory
  List<DynamicTest> tinyModelsAgree() {
    return Fixtures.TINY.stream()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () ->
                        agrees(
                            ModelTokenizer.of(Fixtures.tiny(name)),
                            Fixtures.json("tiny/" + name + "/reference.json"))))
        .toList();
  }

  @Test
  void ggufTinyAgrees() {
    agrees(
        ModelTokenizer.of(Fixtures.gguf(Fixtures.ROOT.resolve("gguf-tiny/F32.gguf"))),
        Fixtures.json("gguf-tiny/reference.json"));
  }

  private static void agrees(ModelTokenizer tokenizer, JsonNode reference) {
    JsonNode cases = reference.path("tokenizer").path("cases");
    assertThat(cases.size()).isPositive();
    for (JsonNode c : cases) {
      String text = c.path("text").asString();
      int[] ids = tokenizer.encode(text, true, true);
      assertThat(ids).as(text).containsExactly(ids(c.path("ids")));
      String decoded = c.path("decoded_without_specials").asString();
      assertThat(tokenizer.decode(ids, true)).isEqualTo(decoded);
      assertThat(streamed(tokenizer, ids, true)).isEqualTo(decoded);
    }
  }

  static String streamed(ModelTokenizer tokenizer, int[] ids, boolean skipSpecial) {
    IncrementalDecoder decoder = tokenizer.incrementalDecoder(skipSpecial, false);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.add(id));
    }
    return text.append(decoder.flush()).toString();
  }

  private static int[] ids(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }
}
