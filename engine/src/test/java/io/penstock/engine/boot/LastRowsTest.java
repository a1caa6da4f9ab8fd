package io.penstock.engine.boot;

import static io.penstock.engine.boot.LoadedModel.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.boot.ModelLogits.Feed;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A last layer that goes on with the rows whose logits are wanted computes them to the same bit as
 * one that computes all, and leaves a complete cache.
 */
class LastRowsTest {
  private static final int LENGTH = 150;

  private static ModelLogits model(String name) {
    EngineOptions options =
        new EngineOptions(
            name,
            FIXTURES.resolve("tiny").resolve(name),
            BackendChoice.CPU,
            2,
            0,
            0,
            0,
            4,
            512,
            1,
            0,
            0.9);
    return new ModelLogits(options, 3, LENGTH + 1, 512);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa", "llama-bias", "mistral-swa", "llama-dynamic", "qwen3"})
  void fewRowsAreThoseOfAll(String name) {
    int[] prompt = new Random(1).ints(LENGTH, 0, 500).toArray();
    int[] other = new Random(2).ints(40, 0, 500).toArray();
    int[] next = {17};
    try (ModelLogits model = model(name)) {
      float[][] all =
          model.feed(List.of(new Feed(0, prompt, LENGTH, 0), new Feed(1, other, 40, 0)));
      float[][] afterAll =
          model.feed(List.of(new Feed(0, next, LENGTH, 0), new Feed(1, next, 40, 0)));
      model.reset(0);
      model.reset(1);
      model.feed(List.of(new Feed(0, Arrays.copyOf(prompt, 60), LENGTH, 60))); // nothing wanted
      int[] rest = Arrays.copyOfRange(prompt, 60, LENGTH);
      float[][] few =
          model.feed(
              List.of(new Feed(0, rest, LENGTH, rest.length - 3), new Feed(1, other, 40, 39)));
      float[][] afterFew =
          model.feed(List.of(new Feed(0, next, LENGTH, 0), new Feed(1, next, 40, 0)));
      assertThat(few[0]).isEqualTo(all[LENGTH - 3]);
      assertThat(few[2]).isEqualTo(all[LENGTH - 1]);
      assertThat(few[3]).isEqualTo(all[LENGTH + 39]);
      assertThat(afterFew).isDeepEqualTo(afterAll);
    }
  }
}
