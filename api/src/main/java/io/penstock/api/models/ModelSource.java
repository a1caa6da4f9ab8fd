package io.penstock.api.models;

import io.penstock.engine.boot.LoadProgress;
import java.nio.file.Path;

/** Finds a model's files. */
@FunctionalInterface
public interface ModelSource {
  /**
   * @param reference a path, or a Hugging Face id whose files are downloaded when they are not
   *     there
   */
  Path locate(String reference, LoadProgress progress);
}
