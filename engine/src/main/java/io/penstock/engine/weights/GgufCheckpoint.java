package io.penstock.engine.weights;

import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.Pooling;
import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.weights.ArchitectureTensors.Bias;
import io.penstock.engine.weights.ArchitectureTensors.Biases;
import java.nio.file.Path;
import java.util.Optional;

/** A model in a single GGUF file. */
final class GgufCheckpoint {
  private GgufCheckpoint() {}

  static Checkpoint open(Path path) {
    return MappedCheckpoint.open(
        arena -> {
          GgufFile file = GgufFile.open(path, arena);
          ModelConfig config = GgufConfig.read(file);
          TokenizerSource.Gguf tokenizer = GgufTokenizer.read(file, config.vocabSize());
          return new MappedCheckpoint.Contents(
              path,
              config,
              biases(config),
              GgufTokenizer.generation(file, tokenizer),
              embedding(file, config),
              tokenizer,
              file.tensors(),
              GgufNames::stored);
        });
  }

  /**
   * {@code pooling_type}, as llama.cpp numbers it: what is not there or 0 is not for embeddings.
   */
  private static Optional<EmbeddingDefaults> embedding(GgufFile file, ModelConfig config) {
    Fields fields = new Fields(file.path(), file.metadata());
    String key = config.architecture().ggufName() + ".pooling_type";
    return switch (fields.integer(key, 0, 3, 0)) {
      case 1 -> Optional.of(new EmbeddingDefaults(Pooling.MEAN, true, 0));
      case 2 -> Optional.of(new EmbeddingDefaults(Pooling.CLS, true, 0));
      case 3 -> Optional.of(new EmbeddingDefaults(Pooling.LAST, true, 0));
      default -> Optional.empty();
    };
  }

  /** Metadata does not speak of biases: those that are there count. */
  private static Biases biases(ModelConfig config) {
    return switch (config.architecture()) {
      case LLAMA, MISTRAL, QWEN3 -> new Biases(Bias.IF_PRESENT, Bias.IF_PRESENT, Bias.IF_PRESENT);
      case QWEN2 -> new Biases(Bias.REQUIRED, Bias.IF_PRESENT, Bias.IF_PRESENT);
    };
  }
}
