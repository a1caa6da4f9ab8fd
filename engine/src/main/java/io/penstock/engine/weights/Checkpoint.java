package io.penstock.engine.weights;

import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.GenerationDefaults;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.TokenizerSource;
import java.util.Optional;

/**
 * An opened decoder on disk: validated configuration and memory-mapped tensors under Hugging Face
 * names, whatever the container.
 */
public interface Checkpoint extends TensorFiles {

  ModelConfig config();

  GenerationDefaults generation();

  /** How it embeds, when it was made for that and not to generate; empty for all others. */
  Optional<EmbeddingDefaults> embedding();

  TokenizerSource tokenizer();
}
