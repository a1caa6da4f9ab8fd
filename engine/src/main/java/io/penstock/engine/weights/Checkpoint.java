package io.penstock.engine.weights;

import io.penstock.engine.core.GenerationDefaults;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.core.TokenizerSource;
import java.nio.file.Path;
import java.util.Collection;

/**
 * An opened model on disk: validated configuration and memory-mapped tensors under Hugging Face
 * names, whatever the container. Closing it unmaps the files and ends the views.
 */
public interface Checkpoint extends AutoCloseable {

  /** The directory or file it was opened from. */
  Path location();

  ModelConfig config();

  GenerationDefaults generation();

  TokenizerSource tokenizer();

  boolean has(String tensorName);

  /**
   * @throws io.penstock.engine.core.ModelLoadException when it is missing, naming file and tensor
   */
  TensorView tensor(String tensorName);

  Collection<TensorView> tensors();

  @Override
  void close();
}
