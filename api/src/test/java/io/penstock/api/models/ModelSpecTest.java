package io.penstock.api.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.api.platform.SettingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelSpecTest {

  @ParameterizedTest
  @CsvSource({
    "models/SmolLM2-135M-Instruct.Q4_1.gguf, SmolLM2-135M-Instruct",
    "/m/llama-3.1-8b-instruct-Q4_K_M.gguf, llama-3.1-8b-instruct",
    "x/plain.gguf, plain",
    "x/model-BF16.gguf, model",
    "/srv/models/qwen3/, qwen3",
    "Qwen/Qwen3-0.6B, Qwen/Qwen3-0.6B",
    "Qwen/Qwen3-0.6B@main, Qwen/Qwen3-0.6B",
    "org/repo-GGUF:repo.Q4_K_M.gguf, org/repo-GGUF",
    "null:, null",
    "null:?tokens-per-second=5&output-tokens=9, null",
  })
  void namesComeFromTheReference(String reference, String id) {
    assertThat(ModelSpec.parse(reference)).isEqualTo(new ModelSpec(id, reference));
  }

  @Test
  void aNameMayBeGiven() {
    assertThat(ModelSpec.parse("small=models/a.gguf"))
        .isEqualTo(new ModelSpec("small", "models/a.gguf"));
    assertThat(ModelSpec.parse("org/small=Qwen/Qwen3-0.6B"))
        .isEqualTo(new ModelSpec("org/small", "Qwen/Qwen3-0.6B"));
  }

  @Test
  void anEmptyEntryIsRefused() {
    assertThatThrownBy(() -> ModelSpec.parse(" ")).isInstanceOf(SettingException.class);
  }
}
