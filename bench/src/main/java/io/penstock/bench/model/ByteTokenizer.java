package io.penstock.bench.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * A byte-level BPE tokenizer of any size: the 256 bytes, then all words of two, three and four
 * small letters with the merges that make them, then a beginning and an end token. What it costs to
 * load and to decode with is what a real one of its size costs.
 */
final class ByteTokenizer {
  private static final int BYTES = 256;
  private static final int SPECIALS = 2;

  private ByteTokenizer() {}

  /** Writes tokenizer.json and tokenizer_config.json. */
  static void write(Path directory, int vocab) throws IOException {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int b = 0; b < BYTES; b++) {
      ids.put(Character.toString(letter(b)), b);
    }
    List<List<String>> merges = new ArrayList<>();
    List<String> words = new ArrayList<>();
    for (char c = 'a'; c <= 'z'; c++) {
      words.add(Character.toString(c));
    }
    for (int next = 0; ids.size() < vocab - SPECIALS; next++) {
      String shorter = words.get(next);
      for (char c = 'a'; c <= 'z' && ids.size() < vocab - SPECIALS; c++) {
        merges.add(List.of(shorter, Character.toString(c)));
        words.add(shorter + c);
        ids.put(shorter + c, ids.size());
      }
    }
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("type", "BPE");
    model.put("vocab", ids);
    model.put("merges", merges);
    Map<String, Object> byteLevel =
        Map.of(
            "type",
            "ByteLevel",
            "add_prefix_space",
            false,
            "trim_offsets",
            true,
            "use_regex",
            true);
    Map<String, Object> tokenizer = new LinkedHashMap<>();
    tokenizer.put("version", "1.0");
    tokenizer.put(
        "added_tokens", List.of(special(vocab - 2, "<|begin|>"), special(vocab - 1, "<|end|>")));
    tokenizer.put("pre_tokenizer", byteLevel);
    tokenizer.put("decoder", byteLevel);
    tokenizer.put("model", model);
    Files.write(
        directory.resolve("tokenizer.json"), JsonMapper.shared().writeValueAsBytes(tokenizer));
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        JsonMapper.shared()
            .writeValueAsString(Map.of("bos_token", "<|begin|>", "eos_token", "<|end|>")),
        StandardCharsets.UTF_8);
  }

  private static Map<String, Object> special(int id, String content) {
    return Map.of(
        "id",
        id,
        "content",
        content,
        "single_word",
        false,
        "lstrip",
        false,
        "rstrip",
        false,
        "normalized",
        false,
        "special",
        true);
  }

  /** GPT-2's alphabet: printable Latin-1 stands for itself, the other bytes follow from U+0100. */
  private static int letter(int b) {
    if (isPrintable(b)) {
      return b;
    }
    int before = 0;
    for (int other = 0; other < b; other++) {
      before += isPrintable(other) ? 0 : 1;
    }
    return 0x100 + before;
  }

  private static boolean isPrintable(int b) {
    return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
  }
}
