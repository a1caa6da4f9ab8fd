package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The shards that a {@code model.safetensors.index.json} names. */
final class SafetensorsIndex {
  private SafetensorsIndex() {}

  static Set<String> shards(Path index) throws IOException {
    Set<String> shards = new TreeSet<>();
    try {
      JsonMapper.shared()
          .readTree(Files.readAllBytes(index))
          .path("weight_map")
          .valueStream()
          .forEach(shard -> shards.add(shard.asString("")));
    } catch (JacksonException e) {
      throw new ModelLoadException(index, "malformed JSON: " + e.getOriginalMessage(), e);
    }
    return shards;
  }
}
