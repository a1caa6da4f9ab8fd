package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The tokenizer's files in a Hugging Face directory, unopened but for the chat template. */
final class HuggingFaceTokenizer {
  private static final long MAX_TOKENIZER_BYTES = 256L << 20;

  private HuggingFaceTokenizer() {}

  static TokenizerSource.HuggingFace read(Path directory) {
    Path file = directory.resolve("tokenizer.json");
    if (!Files.exists(file)) {
      throw new ModelLoadException(
          file, "is missing; a SentencePiece tokenizer.model alone is not supported");
    }
    byte[] json = Json.readBytes(file, MAX_TOKENIZER_BYTES);
    Path configFile = directory.resolve("tokenizer_config.json");
    Map<String, Object> config = Files.exists(configFile) ? Json.object(configFile) : Map.of();
    return new TokenizerSource.HuggingFace(
        new String(json, StandardCharsets.UTF_8),
        config,
        chatTemplate(directory, new Fields(configFile, config)));
  }

  /** The same, or {@code vocab.txt} alone, as old BERT checkpoints have it. */
  static TokenizerSource readOrVocabulary(Path directory) {
    Path file = directory.resolve("vocab.txt");
    if (Files.exists(directory.resolve("tokenizer.json")) || !Files.exists(file)) {
      return read(directory);
    }
    String text = new String(Json.readBytes(file, MAX_TOKENIZER_BYTES), StandardCharsets.UTF_8);
    Path configFile = directory.resolve("tokenizer_config.json");
    return new TokenizerSource.WordPiece(
        text.lines().toList(), Files.exists(configFile) ? Json.object(configFile) : Map.of());
  }

  /** A file of its own wins over the key; of several named templates the default one counts. */
  private static String chatTemplate(Path directory, Fields config) {
    Path file = directory.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      return new String(Json.readBytes(file, Json.MAX_FILE_BYTES), StandardCharsets.UTF_8);
    }
    if (!(config.raw("chat_template") instanceof List<?> named)) {
      return config.text("chat_template");
    }
    for (Object entry : named) {
      if (entry instanceof Map<?, ?> t
          && "default".equals(t.get("name"))
          && t.get("template") instanceof String template) {
        return template;
      }
    }
    return null;
  }
}
