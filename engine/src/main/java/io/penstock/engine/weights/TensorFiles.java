package io.penstock.engine.weights;

import io.penstock.engine.core.TensorView;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Memory-mapped tensors under Hugging Face names. Closing it unmaps the files and ends the views.
 */
public interface TensorFiles extends AutoCloseable {

  /** The directory or file it was opened from. */
  Path location();

  boolean has(String tensorName);

  /**
   * @throws io.penstock.engine.core.ModelLoadException when it is missing, naming file and tensor
   */
  TensorView tensor(String tensorName);

  Collection<TensorView> tensors();

  @Override
  void close();
}
