package io.penstock.engine.weights;

import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.Pooling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What sentence-transformers writes beside a model: {@code modules.json} lists what follows the
 * transformer, a folder for each has its configuration, {@code sentence_bert_config.json} the
 * longest text.
 */
final class SentenceTransformers {
  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_MODULES = 16;
  private static final String PACKAGE = "sentence_transformers.models.";

  private static final Map<String, Pooling> SUPPORTED =
      Map.of(
          "pooling_mode_mean_tokens", Pooling.MEAN,
          "pooling_mode_cls_token", Pooling.CLS,
          "pooling_mode_lasttoken", Pooling.LAST);

  private SentenceTransformers() {}

  /** Empty when a directory has no {@code modules.json}. */
  static Optional<EmbeddingDefaults> read(Path directory) {
    Path file = directory.resolve("modules.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<Object> modules = Json.array(file, MAX_BYTES);
    if (modules.size() > MAX_MODULES) {
      throw new ModelLoadException(file, "more than " + MAX_MODULES + " modules");
    }
    Pooling pooling = null;
    boolean normalize = false;
    for (Object module : modules) {
      Fields fields = module(file, module);
      String type = String.valueOf(fields.text("type"));
      switch (type.substring(type.lastIndexOf('.') + 1)) {
        case "Transformer" -> {}
        case "Pooling" -> pooling = pooling(directory, fields);
        case "Normalize" -> normalize = true;
        default ->
            throw fields.error(
                "type",
                "unsupported module %s; supported: %sTransformer, Pooling and Normalize",
                Fields.show(type),
                PACKAGE);
      }
    }
    if (pooling == null) {
      throw new ModelLoadException(file, "lists no Pooling: the model gives no single vector");
    }
    return Optional.of(new EmbeddingDefaults(pooling, normalize, maxTokens(directory)));
  }

  @SuppressWarnings("unchecked") // JSON objects have string keys
  private static Fields module(Path file, Object module) {
    if (!(module instanceof Map<?, ?> values)) {
      throw new ModelLoadException(file, "expected an array of objects");
    }
    return new Fields(file, (Map<String, Object>) values);
  }

  private static Pooling pooling(Path directory, Fields module) {
    String folder = module.text("path");
    if (folder == null || !folder.matches("[A-Za-z0-9_-]{1,64}")) {
      throw module.error("path", "%s is not a folder beside it", Fields.show(folder));
    }
    Path file = directory.resolve(folder).resolve("config.json");
    Map<String, Object> config = Json.object(file);
    Pooling pooling = null;
    for (var entry : config.entrySet()) {
      if (!entry.getKey().startsWith("pooling_mode_") || !Boolean.TRUE.equals(entry.getValue())) {
        continue;
      }
      if (pooling != null || !SUPPORTED.containsKey(entry.getKey())) {
        throw new Fields(file, config)
            .error(
                entry.getKey(),
                pooling != null
                    ? "several poolings at once are not supported"
                    : "is not supported; supported: %s",
                String.join(", ", SUPPORTED.keySet().stream().sorted().toList()));
      }
      pooling = SUPPORTED.get(entry.getKey());
    }
    return pooling == null ? Pooling.MEAN : pooling;
  }

  private static int maxTokens(Path directory) {
    Path file = directory.resolve("sentence_bert_config.json");
    return Files.exists(file)
        ? new Fields(file, Json.object(file)).integer("max_seq_length", 1, Limits.MAX_CONTEXT, 0)
        : 0;
  }
}
