package io.penstock.engine.weights;

import io.penstock.engine.core.TokenizerSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A directory as {@code save_pretrained} of Hugging Face transformers writes it. */
final class HuggingFaceCheckpoint {
  private HuggingFaceCheckpoint() {}

  static Checkpoint open(Path directory) {
    return MappedCheckpoint.open(
        arena -> {
          // Weights first: if they are damaged, nothing else matters.
          Map<String, StoredTensor> stored = SafetensorsShards.open(directory, arena);
          Path file = directory.resolve("config.json");
          Fields fields = new Fields(file, Json.object(file));
          HuggingFaceConfig config = HuggingFaceConfig.read(fields);
          TokenizerSource.HuggingFace tokenizer = HuggingFaceTokenizer.read(directory);
          return new MappedCheckpoint.Contents(
              directory,
              config.model(),
              config.biases(),
              HuggingFaceGeneration.read(directory, fields, tokenizer),
              tokenizer,
              stored,
              UnaryOperator.identity());
        });
  }
}
