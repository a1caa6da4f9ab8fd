package io.penstock.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.RopeConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the files of a directory may say beyond the models that are at hand. */
class HuggingFaceVariantsTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir Path model;

  private HuggingFaceVariantsTest copy(String tiny) {
    Fixtures.copy(Fixtures.TINY.resolve(tiny), model);
    return this;
  }

  /** Sets a key to a value given as JSON. */
  private HuggingFaceVariantsTest set(String file, String key, String json) throws IOException {
    ObjectNode node = (ObjectNode) Fixtures.json(model.resolve(file));
    node.set(key, JSON.readTree(json));
    Files.writeString(model.resolve(file), JSON.writeValueAsString(node));
    return this;
  }

  private HuggingFaceVariantsTest config(String key, String json) throws IOException {
    return set("config.json", key, json);
  }

  private HuggingFaceVariantsTest removeConfig(String... keys) throws IOException {
    ObjectNode node = (ObjectNode) Fixtures.json(model.resolve("config.json"));
    node.remove(java.util.List.of(keys));
    Files.writeString(model.resolve("config.json"), JSON.writeValueAsString(node));
    return this;
  }

  private Checkpoint open() {
    return Checkpoints.open(model);
  }

  private void refused(String... parts) {
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(model.toString())
        .hasMessageContainingAll(parts);
  }

  private RopeConfig.Scaling scaling(String json) throws IOException {
    try (Checkpoint c = config("rope_scaling", json).open()) {
      return c.config().rope().scaling();
    }
  }

  @Test
  void knowsTheArchitectureByItsTypeToo() throws Exception {
    try (Checkpoint c = copy("mistral-swa").removeConfig("architectures").open()) {
      assertThat(c.config().slidingWindow()).isEqualTo(16);
    }
  }

  @Test
  void takesMistralsWindowAsTransformersDoes() throws Exception {
    try (Checkpoint c = copy("mistral-swa").config("sliding_window", "null").open()) {
      assertThat(c.config().slidingWindow()).isZero();
    }
    try (Checkpoint c = removeConfig("sliding_window").open()) {
      assertThat(c.config().slidingWindow()).isEqualTo(4096);
    }
  }

  @Test
  void takesQwensWindowOnlyWhenItIsOnInAllLayers() throws Exception {
    copy("qwen2").config("use_sliding_window", "true").config("max_window_layers", "0");
    try (Checkpoint c = open()) {
      assertThat(c.config().slidingWindow()).isEqualTo(32);
    }
    try (Checkpoint c = config("max_window_layers", "4").open()) {
      assertThat(c.config().slidingWindow()).isZero();
    }
    config("max_window_layers", "2").refused("use_sliding_window", "in 2 of 4 layers");
  }

  @Test
  void readsScalingInBothStyles() throws Exception {
    copy("llama");
    assertThat(scaling("null")).isEqualTo(new RopeConfig.None());
    assertThat(scaling("{\"rope_type\":\"default\"}")).isEqualTo(new RopeConfig.None());
    assertThat(scaling("{\"type\":\"linear\",\"factor\":2}")).isEqualTo(new RopeConfig.Linear(2));
    assertThat(
            scaling(
                """
                {"type":"yarn","factor":4,"original_max_position_embeddings":512,"beta_fast":16,
                 "beta_slow":2,"attention_factor":1.5,"truncate":false}"""))
        .isEqualTo(new RopeConfig.Yarn(4, 512, 16, 2, 1.5, false));
    assertThat(scaling("{\"rope_type\":\"yarn\",\"factor\":4}"))
        .isEqualTo(new RopeConfig.Yarn(4, 2048, 32, 1, 0, true));
    config("rope_parameters", "{\"rope_type\":\"linear\",\"factor\":8.0,\"rope_theta\":5000.0}");
    try (Checkpoint c = open()) {
      assertThat(c.config().rope())
          .isEqualTo(new RopeConfig(5000, 16, false, new RopeConfig.Linear(8)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          hidden_size             | -64            | expected an integer from 1
          hidden_size             | 64.5           | found 64.5
          hidden_size             | "64"           | found "64"
          hidden_size             | null           | is missing
          num_hidden_layers       | 1000000000     | found 1000000000
          num_hidden_layers       | 1e300          | found 1.0E300
          num_attention_heads     | 0              | found 0
          num_attention_heads     | 3              | hidden_size 64 is not a multiple of 3 heads
          head_dim                | 15             | odd
          num_key_value_heads     | 3              | cannot share
          vocab_size              | 9999999999999  | found 9999999999999
          intermediate_size       | []             | found []
          max_position_embeddings | true           | found true
          rms_norm_eps            | -1             | found -1
          rope_theta              | 0              | found 0
          tie_word_embeddings     | "yes"          | expected true or false
          rope_scaling            | "linear"       | expected an object
          rope_scaling            | {"type":"linear"}                                   | rope_scaling.factor: is missing
          rope_scaling            | {"type":"linear","factor":0.5}                      | rope_scaling.factor
          rope_scaling            | {"rope_type":"longrope"}                            | unsupported "longrope"; supported: default, linear, dynamic, yarn, llama3
          rope_scaling            | {"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":1} | high_freq_factor
          partial_rotary_factor   | 0.5            | whole heads
          hidden_act              | "gelu"         | unsupported activation "gelu"; supported: silu
          architectures           | ["GemmaForCausalLM"]  | unsupported architecture "GemmaForCausalLM"; supported: LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM
          quantization_config     | {"quant_method":"gptq","bits":4} | unsupported quantization "gptq"
          num_local_experts       | 8              | mixture-of-experts
          eos_token_id            | "</s>"         | expected token ids
          """)
  void refusesWithFileAndKey(String key, String json, String part) throws Exception {
    copy("llama").config(key, json).refused("config.json: ", part);
  }

  @Test
  void refusesWrongShapes() throws Exception {
    copy("llama")
        .config("intermediate_size", "173")
        .refused(
            "model.safetensors: tensor model.layers.0.mlp.gate_proj.weight: expected shape [173, 64],"
                + " found [172, 64]");
  }

  @Test
  void refusesMissingTensors() throws Exception {
    copy("llama")
        .config("num_hidden_layers", "4")
        .refused("tensor model.layers.3.input_layernorm.weight is missing");
  }

  @Test
  void usesBiasesAsDeclared() throws Exception {
    try (Checkpoint c = copy("llama-bias").config("mlp_bias", "false").open()) {
      assertThat(c.has("model.layers.0.mlp.up_proj.bias")).isFalse();
    }
  }

  @Test
  void refusesMissingBiases() throws Exception {
    copy("llama").config("attention_bias", "true").refused("q_proj.bias is missing");
  }

  @Test
  void refusesUnsupportedTypesByName() throws Exception {
    copy("llama");
    byte[] file = Files.readAllBytes(model.resolve("model.safetensors"));
    String text = new String(file, StandardCharsets.ISO_8859_1);
    Files.writeString(
        model.resolve("model.safetensors"),
        text.replace("\"dtype\":\"F32\"", "\"dtype\":\"I32\""),
        StandardCharsets.ISO_8859_1);
    refused("tensor model.embed_tokens.weight has the unsupported type I32", "F32, F16, BF16");
  }

  @Test
  void namesAMissingShard() throws Exception {
    copy("qwen2");
    Files.delete(model.resolve("model-00002-of-00002.safetensors"));
    refused("index.json", "model-00002-of-00002.safetensors, which is missing");
  }

  @ParameterizedTest
  @CsvSource({"../x.safetensors", "/etc/passwd", "a/../../x.safetensors", "''", ".."})
  void keepsShardsInTheFolder(String shard) throws Exception {
    copy("qwen2")
        .set(
            "model.safetensors.index.json",
            "weight_map",
            JSON.writeValueAsString(Map.of("a", shard)))
        .refused("index.json", "shard \"" + shard + "\"");
  }

  @Test
  void holdsTheIndexAgainstTheShards() throws Exception {
    copy("qwen2");
    ObjectNode index = (ObjectNode) Fixtures.json(model.resolve("model.safetensors.index.json"));
    ((ObjectNode) index.get("weight_map"))
        .put("model.norm.weight", "model-00001-of-00002.safetensors")
        .put("model.embed_tokens.weight", "model-00002-of-00002.safetensors");
    Files.writeString(
        model.resolve("model.safetensors.index.json"), JSON.writeValueAsString(index));
    refused("is missing, but model.safetensors.index.json says it is here");
  }

  @Test
  void refusesATensorInTwoShards() throws Exception {
    copy("qwen2");
    Files.copy(
        model.resolve("model-00001-of-00002.safetensors"),
        model.resolve("model-00002-of-00002.safetensors"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refused("is also in model-00001-of-00002.safetensors");
  }

  @Test
  void collectsEndTokens() throws Exception {
    copy("llama")
        .config("eos_token_id", "[2, 5]")
        .set("generation_config.json", "eos_token_id", "7")
        .set("tokenizer_config.json", "eos_token", "{\"content\":\"<s>\"}");
    try (Checkpoint c = open()) {
      assertThat(c.generation().eosTokenIds()).containsExactlyInAnyOrder(1, 2, 5, 7);
    }
  }

  @Test
  void findsTheTokenizersEndTokenInTokenizerJson() throws Exception {
    copy("llama");
    Files.writeString(model.resolve("tokenizer_config.json"), "{\"eos_token\":\"<s>\"}");
    try (Checkpoint c = open()) {
      assertThat(c.generation().eosTokenIds()).containsExactlyInAnyOrder(1, 2);
    }
  }

  @Test
  void doesWithoutOptionalFiles() throws Exception {
    copy("llama");
    Files.delete(model.resolve("generation_config.json"));
    Files.delete(model.resolve("tokenizer_config.json"));
    try (Checkpoint c = open()) {
      assertThat(c.generation().eosTokenIds()).containsExactly(2);
      assertThat(c.tokenizer().chatTemplate()).isNull();
    }
    Files.delete(model.resolve("tokenizer.json"));
    refused("tokenizer.json: is missing");
  }

  @Test
  void refusesBadSamplingDefaults() throws Exception {
    copy("llama")
        .set("generation_config.json", "top_p", "1.5")
        .refused("generation_config.json: key top_p");
  }

  @Test
  void choosesTheChatTemplate() throws Exception {
    copy("llama")
        .set(
            "tokenizer_config.json",
            "chat_template",
            """
            [{"name":"tool_use","template":"T"},{"name":"default","template":"D"}]""");
    try (Checkpoint c = open()) {
      assertThat(c.tokenizer().chatTemplate()).isEqualTo("D");
    }
    Files.writeString(model.resolve("chat_template.jinja"), "F");
    try (Checkpoint c = open()) {
      assertThat(c.tokenizer().chatTemplate()).isEqualTo("F");
    }
  }

  @Test
  void refusesDirectoriesWithoutWeights() throws Exception {
    copy("llama");
    Files.move(model.resolve("model.safetensors"), model.resolve("pytorch_model.bin"));
    refused("holds neither model.safetensors", "pytorch_model.bin");
  }

  @Test
  void refusesWhatIsNoModel() throws Exception {
    copy("llama");
    assertThatThrownBy(() -> Checkpoints.open(model.resolve("none")))
        .hasMessage(model.resolve("none") + ": no such file or directory");
    assertThatThrownBy(() -> Checkpoints.open(model.resolve("model.safetensors")))
        .hasMessageContaining("give the directory");
    assertThatThrownBy(() -> Checkpoints.open(model.resolve("config.json")))
        .hasMessageContaining("not a model");
    Files.delete(model.resolve("config.json"));
    refused("config.json: no such file");
  }

  @Test
  void readsTensorsThatAreNotAligned() throws Exception {
    // A header whose length is no multiple of four puts every float off its natural address.
    Path file = model.resolve("odd.safetensors");
    byte[] header =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} "
            .getBytes(StandardCharsets.US_ASCII);
    assertThat(header.length % 4).isNotZero();
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(header.length).put(header).putFloat(1.5f).array());
    try (var arena = java.lang.foreign.Arena.ofConfined()) {
      var view = SafetensorsFile.open(file, arena).get("a").view("a", new long[] {1});
      assertThat(io.penstock.engine.core.Dequantizer.row(view, 0)).containsExactly(1.5f);
    }
  }
}
