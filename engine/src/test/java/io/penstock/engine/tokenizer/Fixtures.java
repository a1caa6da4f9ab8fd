package io.penstock.engine.tokenizer;

import io.penstock.engine.core.TokenizerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Models and reference files of the tests. */
final class Fixtures {
  static final JsonMapper JSON = JsonMapper.shared();
  static final Path ROOT = Path.of("src/test/fixtures");
  static final Path SMOLLM2 = Path.of("../models/SmolLM2-135M-Instruct.Q4_1.gguf");
  static final List<String> TINY =
      List.of(
          "llama",
          "llama-gqa",
          "llama3-rope",
          "llama-linear-rope",
          "llama-yarn",
          "llama-dynamic",
          "mistral-swa",
          "qwen2",
          "qwen3",
          "llama-bias");

  private Fixtures() {}

  static JsonNode json(String path) {
    return JSON.readTree(ROOT.resolve(path));
  }

  static TokenizerSource tiny(String name) {
    Path folder = ROOT.resolve("tiny").resolve(name);
    try {
      Map<String, Object> config =
          JSON.readValue(
              folder.resolve("tokenizer_config.json"), new TypeReference<Map<String, Object>>() {});
      Path template = folder.resolve("chat_template.jinja");
      return new TokenizerSource.HuggingFace(
          Files.readString(folder.resolve("tokenizer.json")),
          config,
          Files.exists(template)
              ? Files.readString(template)
              : (String) config.get("chat_template"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The tokenizer metadata of a GGUF file. */
  static TokenizerSource.Gguf gguf(Path file) {
    Map<String, Object> values = new HashMap<>();
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer in =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), 16 << 20));
      in.order(ByteOrder.LITTLE_ENDIAN).position(16);
      long count = in.getLong();
      for (long i = 0; i < count; i++) {
        String key = string(in);
        values.put(key, value(in, in.getInt()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String at = "tokenizer.ggml.";
    return new TokenizerSource.Gguf(
        (String) values.get(at + "model"),
        (String) values.getOrDefault(at + "pre", ""),
        strings(values.get(at + "tokens")),
        ints(values.get(at + "token_type")),
        new float[0],
        strings(values.get(at + "merges")),
        id(values.get(at + "bos_token_id")),
        id(values.get(at + "eos_token_id")),
        id(values.get(at + "unknown_token_id")),
        id(values.get(at + "padding_token_id")),
        Boolean.TRUE.equals(values.get(at + "add_bos_token")),
        Boolean.TRUE.equals(values.get(at + "add_eos_token")),
        Boolean.TRUE.equals(values.get(at + "add_space_prefix")),
        (String) values.get("tokenizer.chat_template"));
  }

  private static Object value(ByteBuffer in, int type) {
    return switch (type) {
      case 0, 1 -> (int) in.get();
      case 2, 3 -> (int) in.getShort();
      case 4, 5 -> in.getInt();
      case 6 -> in.getFloat();
      case 7 -> in.get() != 0;
      case 8 -> string(in);
      case 9 -> {
        int element = in.getInt();
        Object[] values = new Object[Math.toIntExact(in.getLong())];
        for (int i = 0; i < values.length; i++) {
          values[i] = value(in, element);
        }
        yield values;
      }
      default -> in.getLong();
    };
  }

  private static String string(ByteBuffer in) {
    byte[] bytes = new byte[Math.toIntExact(in.getLong())];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String[] strings(Object array) {
    Object[] values = (Object[]) array;
    String[] strings = new String[values.length];
    System.arraycopy(values, 0, strings, 0, values.length);
    return strings;
  }

  private static int[] ints(Object array) {
    Object[] values = (Object[]) array;
    int[] ints = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      ints[i] = (Integer) values[i];
    }
    return ints;
  }

  private static int id(Object value) {
    return value == null ? -1 : (Integer) value;
  }
}
