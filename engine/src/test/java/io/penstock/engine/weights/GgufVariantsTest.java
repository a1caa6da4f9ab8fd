package io.penstock.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.core.TokenizerSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What metadata may say beyond the files that are at hand. */
class GgufVariantsTest {
  @TempDir Path folder;

  private void open(GgufBuilder model, Consumer<Checkpoint> check) throws IOException {
    try (Checkpoint c = Checkpoints.open(model.write(folder.resolve("m.gguf")))) {
      check.accept(c);
    }
  }

  private void refuse(GgufBuilder model, String... parts) throws IOException {
    Path file = model.write(folder.resolve("m.gguf"));
    assertThatThrownBy(() -> Checkpoints.open(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContainingAll(parts);
  }

  @Test
  void readsVersion2() throws Exception {
    open(
        GgufBuilder.model("llama").version(2),
        c -> assertThat(c.config().architecture()).isEqualTo(Architecture.LLAMA));
  }

  @Test
  void readsQwen2WithItsBiases() throws Exception {
    GgufBuilder model =
        GgufBuilder.model("qwen2")
            .tensor("blk.0.attn_q.bias", 8)
            .tensor("blk.0.attn_k.bias", 4)
            .tensor("blk.0.attn_v.bias", 4);
    open(
        model,
        c -> {
          assertThat(c.config().architecture()).isEqualTo(Architecture.QWEN2);
          assertThat(c.config().rope().interleaved()).isFalse();
          assertThat(c.tensor("model.layers.0.self_attn.k_proj.bias").columns()).isEqualTo(4);
          assertThat(c.has("model.layers.0.self_attn.o_proj.bias")).isFalse();
        });
    refuse(model.without("blk.0.attn_k.bias"), "tensor blk.0.attn_k.bias is missing");
  }

  @Test
  void readsQwen3WithItsNorms() throws Exception {
    GgufBuilder model =
        GgufBuilder.model("qwen3")
            .put("qwen3.attention.key_length", 6)
            .put("qwen3.attention.value_length", 6)
            .tensor("blk.0.attn_q.weight", 12, 8)
            .tensor("blk.0.attn_k.weight", 6, 8)
            .tensor("blk.0.attn_v.weight", 6, 8)
            .tensor("blk.0.attn_output.weight", 8, 12)
            .tensor("blk.0.attn_q_norm.weight", 6)
            .tensor("blk.0.attn_k_norm.weight", 6)
            .tensor("output.weight", 6, 8);
    open(
        model,
        c -> {
          assertThat(c.config().headDim()).isEqualTo(6);
          assertThat(c.config().qkNorm()).isTrue();
          assertThat(c.config().tieWordEmbeddings()).isFalse();
          assertThat(c.has("model.layers.0.self_attn.q_norm.weight")).isTrue();
        });
    refuse(
        model.put("qwen3.attention.value_length", 4), "qwen3.attention.value_length", "length 6");
  }

  @Test
  void readsLinearScaling() throws Exception {
    GgufBuilder model =
        GgufBuilder.model("llama")
            .put("llama.rope.scaling.type", "linear")
            .put("llama.rope.scaling.factor", 4f);
    open(
        model,
        c -> {
          assertThat(c.config().rope().scaling()).isEqualTo(new RopeConfig.Linear(4));
          assertThat(c.config().maxPositionEmbeddings()).isEqualTo(256);
        });
    open(
        GgufBuilder.model("llama").put("llama.rope.scale_linear", 2f),
        c -> assertThat(c.config().rope().scaling()).isEqualTo(new RopeConfig.Linear(2)));
  }

  @Test
  void readsYarn() throws Exception {
    GgufBuilder model =
        GgufBuilder.model("qwen3")
            .tensor("blk.0.attn_q_norm.weight", 4)
            .tensor("blk.0.attn_k_norm.weight", 4)
            .put("qwen3.rope.freq_base", 1e6f)
            .put("qwen3.rope.scaling.type", "yarn")
            .put("qwen3.rope.scaling.factor", 4f)
            .put("qwen3.rope.scaling.original_context_length", 32);
    open(
        model,
        c -> {
          assertThat(c.config().rope().theta()).isEqualTo(1e6);
          assertThat(c.config().rope().scaling())
              .isEqualTo(new RopeConfig.Yarn(4, 32, 32, 1, 0, true));
          assertThat(c.config().maxPositionEmbeddings()).isEqualTo(128);
        });
    open(
        model.put("qwen3.rope.scaling.attn_factor", 0.5f),
        c ->
            assertThat(((RopeConfig.Yarn) c.config().rope().scaling()).attentionFactor())
                .isCloseTo(0.5 * (0.1 * Math.log(4) + 1), within(1e-9)));
  }

  @Test
  void readsRopeFactors() throws Exception {
    GgufBuilder model = GgufBuilder.model("llama").tensor("rope_freqs.weight", 0, floats(1, 8), 2);
    open(
        model,
        c ->
            assertThat(c.config().rope().scaling())
                .isInstanceOfSatisfying(
                    RopeConfig.Factors.class, f -> assertThat(f.divisors()).containsExactly(1, 8)));
    refuse(
        model.tensor("rope_freqs.weight", 3), "rope_freqs.weight", "expected shape [2], found [3]");
    refuse(model.tensor("rope_freqs.weight", 2), "rope_freqs.weight: 0.0 is not a divisor");
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  @Test
  void findsAllEndTokens() throws Exception {
    GgufBuilder model = GgufBuilder.model("llama").put("tokenizer.ggml.eot_token_id", 4);
    open(model, c -> assertThat(c.generation().eosTokenIds()).containsExactlyInAnyOrder(3, 4));
    open(
        model.put("tokenizer.ggml.token_type", new int[] {1, 1, 1, 3, 3, 3}),
        c -> assertThat(c.generation().eosTokenIds()).containsExactlyInAnyOrder(3, 4, 5));
  }

  @Test
  void readsASentencePieceTokenizer() throws Exception {
    GgufBuilder model =
        GgufBuilder.model("llama")
            .put("tokenizer.ggml.model", "llama")
            .put("tokenizer.ggml.scores", new float[] {0, -1, -2, -3, -4, -5})
            .put("tokenizer.ggml.bos_token_id", 1)
            .remove("tokenizer.ggml.pre")
            .remove("tokenizer.ggml.merges");
    open(
        model,
        c -> {
          TokenizerSource.Gguf t = (TokenizerSource.Gguf) c.tokenizer();
          assertThat(t.scores()).containsExactly(0, -1, -2, -3, -4, -5);
          assertThat(t.merges()).isEmpty();
          assertThat(t.addBos()).isTrue();
          assertThat(t.addSpacePrefix()).isTrue();
          assertThat(t.bosId()).isEqualTo(1);
          assertThat(t.unknownId()).isEqualTo(-1);
          assertThat(t.chatTemplate()).isNull();
        });
    refuse(
        model.put("tokenizer.ggml.scores", new float[2]),
        "tokenizer.ggml.scores",
        "2 elements for 6 tokens");
    refuse(model.put("tokenizer.ggml.scores", "none"), "expected an array, found \"none\"");
  }

  @Test
  void refusesWhatItCannotCompute() throws Exception {
    refuse(
        GgufBuilder.model("gemma3"),
        "unsupported architecture \"gemma3\"",
        "supported: llama (also Mistral), qwen2, qwen3");
    refuse(
        GgufBuilder.model("llama").put("llama.expert_count", 8),
        "llama.expert_count",
        "mixture-of-experts");
    refuse(GgufBuilder.model("llama").put("split.count", 3), "split.count", "merge");
    refuse(GgufBuilder.model("llama").put("llama.rope.dimension_count", 2), "whole heads (4)");
    refuse(
        GgufBuilder.model("llama").put("llama.rope.scaling.type", "longrope"),
        "unsupported \"longrope\"; supported: none, linear, yarn");
    refuse(GgufBuilder.model("llama").version(1), "unsupported GGUF version 1");
    refuse(GgufBuilder.model("llama").version(0x03000000), "big-endian");
  }

  @Test
  void refusesBadNumbers() throws Exception {
    refuse(
        GgufBuilder.model("llama").remove("llama.block_count"),
        "key llama.block_count: is missing");
    refuse(
        GgufBuilder.model("llama").put("llama.attention.head_count", new int[] {2}),
        "llama.attention.head_count",
        "found an array of 1 INT32");
    refuse(GgufBuilder.model("llama").put("llama.attention.head_count", 0), "from 1 to");
    refuse(GgufBuilder.model("llama").put("llama.attention.head_count_kv", 3), "cannot share");
    refuse(
        GgufBuilder.model("llama").put("llama.attention.layer_norm_rms_epsilon", Float.NaN),
        "layer_norm_rms_epsilon",
        "found NaN");
    refuse(GgufBuilder.model("llama").put("general.alignment", 24), "not a power of two");
    refuse(GgufBuilder.model("llama").put("tokenizer.ggml.eos_token_id", 6), "from -1 to 5");
  }

  @Test
  void refusesWrongTensors() throws Exception {
    refuse(
        GgufBuilder.model("llama").without("blk.0.ffn_up.weight"),
        "tensor blk.0.ffn_up.weight is missing");
    refuse(
        GgufBuilder.model("llama").tensor("blk.0.ffn_up.weight", 8, 12),
        "tensor blk.0.ffn_up.weight: expected shape [12, 8], found [8, 12]");
    refuse(
        GgufBuilder.model("llama").tensor("output_norm.weight", 1, 8),
        "tensor output_norm.weight: expected shape [8], found [1, 8]");
    refuse(GgufBuilder.model("llama").without("token_embd.weight"), "token_embd.weight is missing");
    refuse(
        GgufBuilder.model("llama").tensor("blk.0.ffn_up.weight", 8, new byte[408], 12, 8),
        "Q8_0 [12, 8]",
        "rows of 8 are not whole blocks of 32");
  }
}
