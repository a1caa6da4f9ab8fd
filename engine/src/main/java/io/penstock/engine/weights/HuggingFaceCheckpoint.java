package io.penstock.engine.weights;

import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.TokenizerSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A directory as {@code save_pretrained} of Hugging Face transformers writes it. */
final class HuggingFaceCheckpoint {
  private static final String PREFIX = "model.";

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
              embedding(directory, config),
              tokenizer,
              stored,
              storedNames(stored));
        });
  }

  /** One without an output matrix can do nothing else. */
  private static Optional<EmbeddingDefaults> embedding(Path directory, HuggingFaceConfig config) {
    return SentenceTransformers.read(directory)
        .or(() -> config.headless() ? Optional.of(EmbeddingDefaults.DECODER) : Optional.empty());
  }

  /** Models that were saved without their output matrix have no {@code model.} in front. */
  private static UnaryOperator<String> storedNames(Map<String, StoredTensor> stored) {
    boolean bare =
        !stored.containsKey(ArchitectureTensors.EMBEDDING)
            && stored.containsKey(withoutPrefix(ArchitectureTensors.EMBEDDING));
    return bare ? HuggingFaceCheckpoint::withoutPrefix : UnaryOperator.identity();
  }

  private static String withoutPrefix(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }
}
