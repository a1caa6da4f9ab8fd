package io.penstock.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.core.TokenizerSource;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What sound models are read as. */
class CheckpointsTest {

  @Test
  void readsTheOlderConfiguration() {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("llama"))) {
      assertThat(c.config())
          .isEqualTo(
              new ModelConfig(
                  Architecture.LLAMA,
                  600,
                  64,
                  172,
                  3,
                  4,
                  4,
                  16,
                  2048,
                  1e-5f,
                  new RopeConfig(10_000, 16, false, new RopeConfig.None()),
                  0,
                  false,
                  false));
      assertThat(c.tensors()).hasSize(3 + 3 * 9);
      assertThat(c.tensor("lm_head.weight").dtype()).isEqualTo(DType.F32);
      assertThat(c.generation().eosTokenIds()).containsExactly(2);
      assertThat(c.generation().sampling()).isEmpty();
      assertThat(c.tokenizer().chatTemplate()).startsWith("{{ bos_token }}");
    }
  }

  @Test
  void readsTheConfigurationOfTransformers5() {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("llama-gqa"))) {
      assertThat(c.config().headDim()).isEqualTo(32);
      assertThat(c.config().rope().theta()).isEqualTo(500_000);
      assertThat(c.config().tieWordEmbeddings()).isTrue();
      assertThat(c.has("lm_head.weight")).isFalse();
      assertThat(c.tensor("model.norm.weight").dtype()).isEqualTo(DType.BF16);
      assertThat(c.tensor("model.norm.weight").isVector()).isTrue();
    }
  }

  @Test
  void readsEveryRopeScaling() {
    assertThat(scaling("llama3-rope")).isEqualTo(new RopeConfig.Llama3(8, 1, 4, 64));
    assertThat(scaling("llama-linear-rope")).isEqualTo(new RopeConfig.Linear(4));
    assertThat(scaling("llama-dynamic")).isEqualTo(new RopeConfig.Dynamic(4, 64));
    assertThat(scaling("llama-yarn")).isEqualTo(new RopeConfig.Yarn(4, 64, 32, 1, 0, true));
  }

  private static RopeConfig.Scaling scaling(String model) {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve(model))) {
      return c.config().rope().scaling();
    }
  }

  @Test
  void stretchesTheContextAsRopeDoes() {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("llama-dynamic"))) {
      assertThat(c.config().maxPositionEmbeddings()).isEqualTo(256);
    }
  }

  @Test
  void readsMistralsWindow() {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("mistral-swa"))) {
      assertThat(c.config().architecture()).isEqualTo(Architecture.MISTRAL);
      assertThat(c.config().slidingWindow()).isEqualTo(16);
    }
  }

  @Test
  void readsShardsBiasesAndSamplingDefaults() {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("qwen2"))) {
      assertThat(c.config().slidingWindow()).as("use_sliding_window is false").isZero();
      assertThat(c.has("model.layers.3.self_attn.q_proj.bias")).isTrue();
      assertThat(c.has("model.layers.3.self_attn.o_proj.bias")).isFalse();
      assertThat(c.generation().eosTokenIds()).containsExactlyInAnyOrder(510, 511);
      assertThat(c.generation().sampling())
          .containsOnly(
              entry("temperature", 0.7),
              entry("top_p", 0.8),
              entry("top_k", 20),
              entry("repetition_penalty", 1.05));
    }
  }

  @Test
  void readsQwen3() {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("qwen3"))) {
      assertThat(c.config().qkNorm()).isTrue();
      assertThat(c.config().slidingWindow()).isZero();
      assertThat(c.tensor("model.layers.0.self_attn.q_norm.weight").columns()).isEqualTo(32);
      assertThat(c.tokenizer().chatTemplate()).as("chat_template.jinja").isNotBlank();
    }
  }

  @Test
  void readsDeclaredBiases() {
    try (Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("llama-bias"))) {
      assertThat(c.has("model.layers.0.self_attn.o_proj.bias")).isTrue();
      assertThat(c.tensor("model.layers.0.mlp.gate_proj.bias").columns()).isEqualTo(160);
    }
  }

  @Test
  void readsTheBundledGguf() {
    try (Checkpoint c = Checkpoints.open(Fixtures.SMOLLM2)) {
      ModelConfig config = c.config();
      assertThat(config.numLayers()).isEqualTo(30);
      assertThat(config.vocabSize()).isEqualTo(49_152);
      assertThat(config.numKvHeads()).isEqualTo(3);
      assertThat(config.maxPositionEmbeddings()).isEqualTo(8192);
      assertThat(config.tieWordEmbeddings()).isTrue();
      assertThat(config.rope()).isEqualTo(new RopeConfig(100_000, 64, true, new RopeConfig.None()));
      assertThat(c.tensors()).hasSize(272);
      assertThat(c.tensor("model.embed_tokens.weight").dtype()).isEqualTo(DType.Q8_0);
      assertThat(c.tensor("model.layers.29.mlp.down_proj.weight").dtype()).isEqualTo(DType.Q4_1);
      assertThat(c.generation().eosTokenIds()).containsExactly(2);
      TokenizerSource.Gguf tokenizer = (TokenizerSource.Gguf) c.tokenizer();
      assertThat(tokenizer.pre()).isEqualTo("smollm");
      assertThat(tokenizer.tokens()).hasSize(49_152);
      assertThat(tokenizer.merges()).hasSize(48_900);
      assertThat(tokenizer.types()).hasSize(49_152);
      assertThat(tokenizer.scores()).isEmpty();
      assertThat(tokenizer.bosId()).isEqualTo(1);
      assertThat(tokenizer.addBos()).isFalse();
      assertThat(tokenizer.chatTemplate()).contains("SmolLM");
    }
  }

  @Test
  void opensADirectoryWithOneGguf(@TempDir Path directory) throws Exception {
    Files.copy(Fixtures.GGUF.resolve("Q8_0.gguf"), directory.resolve("model.gguf"));
    try (Checkpoint c = Checkpoints.open(directory)) {
      assertThat(c.config().tieWordEmbeddings()).isFalse();
    }
    Files.copy(Fixtures.GGUF.resolve("Q4_0.gguf"), directory.resolve("other.gguf"));
    assertThatThrownBy(() -> Checkpoints.open(directory))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.gguf, other.gguf");
  }

  @ParameterizedTest
  @ValueSource(strings = {"IQ4_NL", "Q2_K", "Q3_K", "Q5_0", "Q5_1"})
  void refusesOtherQuantizations(String type) {
    Path file = Fixtures.GGUF.resolve(type + ".gguf");
    assertThatThrownBy(() -> Checkpoints.open(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("token_embd.weight")
        .hasMessageContaining("unsupported type " + type)
        .hasMessageContaining(
            "supported: F32, F16, BF16 and, in GGUF, Q8_0, Q4_0, Q4_1, Q4_K, Q5_K, Q6_K");
  }

  @Test
  void endsItsViewsWhenClosed() {
    Checkpoint c = Checkpoints.open(Fixtures.TINY.resolve("llama"));
    var data = c.tensor("lm_head.weight").data();
    c.close();
    c.close();
    assertThat(data.scope().isAlive()).isFalse();
  }
}
