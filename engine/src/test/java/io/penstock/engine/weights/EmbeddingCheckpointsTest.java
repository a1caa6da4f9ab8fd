package io.penstock.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.Pooling;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What tells that a decoder is for embeddings, and how it embeds. */
class EmbeddingCheckpointsTest {
  private static final String TRANSFORMER =
      "{\"path\": \"\", \"type\": \"sentence_transformers.models.Transformer\"}";
  private static final String POOLING =
      "{\"path\": \"1_Pooling\", \"type\": \"sentence_transformers.models.Pooling\"}";
  private static final String NORMALIZE =
      "{\"path\": \"2_Normalize\", \"type\": \"sentence_transformers.models.Normalize\"}";

  @TempDir Path model;

  private void write(String name, String content) throws IOException {
    Files.createDirectories(model.resolve(name).getParent());
    Files.writeString(model.resolve(name), content);
  }

  private EmbeddingDefaults read() {
    return SentenceTransformers.read(model).orElseThrow();
  }

  private void refused(String... parts) {
    assertThatThrownBy(this::read)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(model.toString())
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @CsvSource({"mean_tokens,MEAN", "cls_token,CLS", "lasttoken,LAST"})
  void readsPoolings(String key, Pooling pooling) throws IOException {
    write("modules.json", "[%s, %s, %s]".formatted(TRANSFORMER, POOLING, NORMALIZE));
    write(
        "1_Pooling/config.json",
        "{\"pooling_mode_%s\": true, \"pooling_mode_max_tokens\": false}".formatted(key));
    assertThat(read()).isEqualTo(new EmbeddingDefaults(pooling, true, 0));
    write("sentence_bert_config.json", "{\"max_seq_length\": 256}");
    write("modules.json", "[%s, %s]".formatted(TRANSFORMER, POOLING));
    assertThat(read()).isEqualTo(new EmbeddingDefaults(pooling, false, 256));
  }

  @Test
  void refusesWhatItDoesNotKnow() throws IOException {
    assertThat(SentenceTransformers.read(model)).isEmpty();
    write("modules.json", "[%s]".formatted(TRANSFORMER));
    refused("modules.json", "no Pooling");
    write("modules.json", "[%s, %s]".formatted(TRANSFORMER, POOLING));
    write("1_Pooling/config.json", "{\"pooling_mode_max_tokens\": true}");
    refused("pooling_mode_max_tokens", "pooling_mode_mean_tokens");
    write(
        "1_Pooling/config.json",
        "{\"pooling_mode_mean_tokens\": true, \"pooling_mode_cls_token\": true}");
    refused("several poolings");
    write("modules.json", "[%s]".formatted(POOLING.replace("1_Pooling", "../elsewhere")));
    refused("path", "../elsewhere");
    write("modules.json", "[%s]".formatted(POOLING.replace("Pooling\"}", "Dense\"}")));
    refused("Dense");
    write("modules.json", "{}");
    refused("array");
  }

  @Test
  void decodersWithoutAnOutputMatrixOnlyEmbed() throws IOException {
    Fixtures.copy(Fixtures.TINY.resolve("qwen3"), model);
    try (Checkpoint checkpoint = Checkpoints.open(model)) {
      assertThat(checkpoint.embedding()).isEmpty();
    }
    rename("Qwen3ForCausalLM", "Qwen3Model");
    Path weights = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    String latin = new String(bytes, StandardCharsets.ISO_8859_1);
    // names without "model." keep the header's length by spaces, which JSON allows
    Files.write(
        weights,
        latin
            .replaceAll("\"model\\.([a-z_0-9.]+)\"", "      \"$1\"")
            .getBytes(StandardCharsets.ISO_8859_1));
    try (Checkpoint checkpoint = Checkpoints.open(model)) {
      assertThat(checkpoint.embedding()).contains(EmbeddingDefaults.DECODER);
      assertThat(checkpoint.config().tieWordEmbeddings()).isTrue();
      assertThat(checkpoint.has("model.layers.0.self_attn.q_proj.weight")).isTrue();
    }
    write("modules.json", "[%s, %s]".formatted(TRANSFORMER, POOLING));
    write("1_Pooling/config.json", "{\"pooling_mode_lasttoken\": true}");
    try (Checkpoint checkpoint = Checkpoints.open(model)) {
      assertThat(checkpoint.embedding()).contains(new EmbeddingDefaults(Pooling.LAST, false, 0));
    }
  }

  private void rename(String from, String to) throws IOException {
    Path config = model.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace(from, to));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hidden_act\": \"relu\" | hidden_act",
        "\"position_embedding_type\": \"relative_key\" | position_embedding_type",
        "\"is_decoder\": true | is_decoder",
        "\"num_attention_heads\": 5 | num_attention_heads",
      })
  void encodersOfOtherKindsAreRefused(String key, String named) throws IOException {
    Fixtures.copy(Fixtures.TINY.resolve("qwen3"), model);
    write(
        "config.json",
        "{\"model_type\": \"bert\", \"hidden_size\": 64, \"num_hidden_layers\": 1, %s}"
            .formatted(key));
    assertThat(Checkpoints.isEncoder(model)).isTrue();
    assertThatThrownBy(() -> Checkpoints.openEncoder(model))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(named);
  }
}
