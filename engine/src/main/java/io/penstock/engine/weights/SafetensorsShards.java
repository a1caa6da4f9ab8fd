package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/** The safetensors of a Hugging Face directory: one file, or the shards that an index names. */
final class SafetensorsShards {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  private static final Path PARENT = Path.of("..");

  private SafetensorsShards() {}

  /** Whether a directory holds such weights. */
  static boolean in(Path directory) {
    return Files.exists(directory.resolve(SINGLE)) || Files.exists(directory.resolve(INDEX));
  }

  /** Maps them all; tensors by name. */
  static Map<String, StoredTensor> open(Path directory, Arena arena) {
    Path single = directory.resolve(SINGLE);
    return Files.exists(single)
        ? SafetensorsFile.open(single, arena)
        : openIndexed(directory, directory.resolve(INDEX), arena);
  }

  private static Map<String, StoredTensor> openIndexed(Path directory, Path index, Arena arena) {
    if (!(Json.object(index).get("weight_map") instanceof Map<?, ?> weightMap)) {
      throw new ModelLoadException(index, "key weight_map: expected an object");
    }
    // All names are checked before the first shard is touched.
    Map<String, Path> shards = new TreeMap<>();
    for (var entry : weightMap.entrySet()) {
      if (!(entry.getValue() instanceof String name)) {
        throw new ModelLoadException(index, "weight_map." + entry.getKey() + ": not a file name");
      }
      shards.computeIfAbsent(name, n -> shard(directory, index, n));
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Path shard : shards.values()) {
      for (StoredTensor tensor : SafetensorsFile.open(shard, arena).values()) {
        StoredTensor other = tensors.put(tensor.name(), tensor);
        if (other != null) {
          throw new ModelLoadException(
              shard, "tensor " + tensor.name() + " is also in " + other.file().getFileName());
        }
      }
    }
    for (var entry : weightMap.entrySet()) {
      StoredTensor tensor = tensors.get((String) entry.getKey());
      Path shard = shards.get((String) entry.getValue());
      if (tensor == null || !tensor.file().equals(shard)) {
        throw new ModelLoadException(
            shard, "tensor " + entry.getKey() + " is missing, but " + INDEX + " says it is here");
      }
    }
    return tensors;
  }

  private static Path shard(Path directory, Path index, String name) {
    Path relative;
    try {
      relative = Path.of(name);
    } catch (InvalidPathException e) {
      throw new ModelLoadException(index, Fields.show(name) + " is not a file name", e);
    }
    // The name is judged, not where a link leads: hub caches link every file to a blob elsewhere.
    if (name.isBlank()
        || relative.isAbsolute()
        || StreamSupport.stream(relative.spliterator(), false).anyMatch(PARENT::equals)) {
      throw new ModelLoadException(
          index, "names the shard " + Fields.show(name) + ", which is not inside the directory");
    }
    Path shard = directory.resolve(relative);
    if (!Files.isRegularFile(shard)) {
      throw new ModelLoadException(
          index, "names the shard " + name + ", which is missing; download the model again");
    }
    return shard;
  }
}
