package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** JSON from files that nobody vouches for: bounded depth and size, no duplicate keys. */
final class Json {
  static final long MAX_FILE_BYTES = 64L << 20;
  private static final int MAX_DEPTH = 64;
  private static final JsonMapper MAPPER =
      new JsonMapper(
          JsonFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
              .build());
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
  private static final TypeReference<List<Object>> ARRAY = new TypeReference<>() {};

  private Json() {}

  /** The object in a JSON file. */
  static Map<String, Object> object(Path file) {
    return object(file, readBytes(file, MAX_FILE_BYTES));
  }

  /** The object in {@code bytes}, which came from {@code file}. */
  static Map<String, Object> object(Path file, byte[] bytes) {
    int first = 0;
    while (first < bytes.length && Character.isWhitespace(bytes[first])) {
      first++;
    }
    if (first == bytes.length || bytes[first] != '{') {
      throw new ModelLoadException(file, "expected a JSON object");
    }
    try {
      return MAPPER.readValue(bytes, OBJECT);
    } catch (JacksonException e) {
      throw new ModelLoadException(file, "malformed JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** The array in a JSON file. */
  static List<Object> array(Path file, long limit) {
    try {
      return MAPPER.readValue(readBytes(file, limit), ARRAY);
    } catch (JacksonException e) {
      throw new ModelLoadException(
          file, "expected a JSON array, or it is malformed: " + e.getOriginalMessage(), e);
    }
  }

  /** A parser that reads on demand, within the same bounds. */
  static JsonParser parser(String text) {
    return MAPPER.createParser(text);
  }

  static byte[] readBytes(Path file, long limit) {
    try {
      long size = Files.size(file);
      if (size > limit) {
        throw new ModelLoadException(file, size + " bytes; at most " + limit + " are expected");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ModelLoadException(file, "no such file", e);
    } catch (IOException e) {
      throw new ModelLoadException(file, "cannot be read: " + e, e);
    }
  }
}
