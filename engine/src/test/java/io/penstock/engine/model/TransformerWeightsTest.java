package io.penstock.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.cpu.CpuBackend;
import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.GenerationDefaults;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TransformerWeightsTest {

  /** A checkpoint that lacks some tensors and takes others for a third. */
  private record Damaged(Checkpoint whole, Set<String> hidden, Map<String, String> replaced)
      implements Checkpoint {
    @Override
    public Path location() {
      return whole.location();
    }

    @Override
    public ModelConfig config() {
      return whole.config();
    }

    @Override
    public GenerationDefaults generation() {
      return whole.generation();
    }

    @Override
    public Optional<EmbeddingDefaults> embedding() {
      return whole.embedding();
    }

    @Override
    public TokenizerSource tokenizer() {
      return whole.tokenizer();
    }

    @Override
    public boolean has(String name) {
      return !hidden.contains(name) && whole.has(name);
    }

    @Override
    public TensorView tensor(String name) {
      return whole.tensor(replaced.getOrDefault(name, name));
    }

    @Override
    public Collection<TensorView> tensors() {
      return whole.tensors();
    }

    @Override
    public void close() {
      whole.close();
    }
  }

  private static TransformerWeights load(
      String model, Set<String> hidden, Map<String, String> replaced) {
    try (Backend backend = CpuBackend.create(1);
        Checkpoint checkpoint =
            new Damaged(
                Checkpoints.open(Path.of("src/test/fixtures/tiny", model)), hidden, replaced)) {
      List<Long> progress = new ArrayList<>();
      TransformerWeights weights = TransformerWeights.load(backend, checkpoint, progress::add);
      assertThat(progress).isSorted();
      assertThat(progress.getLast())
          .isEqualTo(checkpoint.tensors().stream().mapToLong(t -> t.data().byteSize()).sum());
      return weights;
    }
  }

  @Test
  void tiedEmbeddingsAreLoadedOnce() {
    TransformerWeights tied = load("llama-gqa", Set.of(), Map.of());
    assertThat(tied.head()).isSameAs(tied.embedding());
    TransformerWeights untied = load("llama", Set.of(), Map.of());
    assertThat(untied.head()).isNotSameAs(untied.embedding());
  }

  @Test
  void projectionsAreStacked() {
    TransformerWeights weights = load("llama-gqa", Set.of(), Map.of());
    assertThat(weights.layers().getFirst().qkv().outputs()).isEqualTo((4 + 2 * 2) * 32);
    assertThat(weights.layers().getFirst().qkv().inputs()).isEqualTo(96);
    assertThat(weights.layers().getFirst().qNorm()).isNull();
    assertThat(load("qwen3", Set.of(), Map.of()).layers().getFirst().qNorm()).isNotNull();
  }

  @Test
  void aBiasOfSomeOnlyIsRefused() {
    String bias = "model.layers.0.self_attn.k_proj.bias";
    assertThatThrownBy(() -> load("llama-bias", Set.of(bias), Map.of()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("llama-bias")
        .hasMessageContaining("only some have a bias");
  }

  @Test
  void aWrongShapeNamesFileAndTensor() {
    String down = "model.layers.1.mlp.down_proj.weight";
    String up = "model.layers.1.mlp.up_proj.weight";
    assertThatThrownBy(() -> load("llama", Set.of(), Map.of(down, up)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tiny/llama")
        .hasMessageContaining("tensor " + down + " has shape [172, 64]")
        .hasMessageContaining("says [64, 172]");
  }
}
