package io.penstock.engine.weights;

import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.weights.ArchitectureTensors.Bias;
import io.penstock.engine.weights.ArchitectureTensors.Biases;
import java.nio.file.Path;

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
              tokenizer,
              file.tensors(),
              GgufNames::stored);
        });
  }

  /** Metadata does not speak of biases: those that are there count. */
  private static Biases biases(ModelConfig config) {
    return switch (config.architecture()) {
      case LLAMA, MISTRAL, QWEN3 -> new Biases(Bias.IF_PRESENT, Bias.IF_PRESENT, Bias.IF_PRESENT);
      case QWEN2 -> new Biases(Bias.REQUIRED, Bias.IF_PRESENT, Bias.IF_PRESENT);
    };
  }
}
