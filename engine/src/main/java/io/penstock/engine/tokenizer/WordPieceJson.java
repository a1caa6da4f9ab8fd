package io.penstock.engine.tokenizer;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A tokenizer.json for a BERT's {@code vocab.txt}, as transformers' converter makes one. */
final class WordPieceJson {
  private static final int MOST_CHARS_OF_WORD = 100;

  private WordPieceJson() {}

  /**
   * @throws ModelLoadException when the vocabulary lacks a control token
   */
  static ObjectNode of(TokenizerSource.WordPiece source) {
    Map<String, Object> config = source.config();
    boolean lowercase = flag(config, "do_lower_case", true);
    String unknown = name(config, "unk_token", "[UNK]");
    String begin = name(config, "cls_token", "[CLS]");
    String end = name(config, "sep_token", "[SEP]");
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (String token :
        List.of(
            name(config, "pad_token", "[PAD]"),
            unknown,
            begin,
            end,
            name(config, "mask_token", "[MASK]"))) {
      int id = source.tokens().indexOf(token);
      if (id >= 0) {
        added
            .addObject()
            .put("id", id)
            .put("content", token)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", true);
      }
    }
    ObjectNode normalizer = root.putObject("normalizer");
    normalizer
        .put("type", "BertNormalizer")
        .put("clean_text", true)
        .put("handle_chinese_chars", flag(config, "tokenize_chinese_chars", true))
        .put("lowercase", lowercase);
    if (config.get("strip_accents") instanceof Boolean strip) {
      normalizer.put("strip_accents", strip);
    } else {
      normalizer.putNull("strip_accents"); // follows lowercase
    }
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    root.putObject("post_processor")
        .put("type", "BertProcessing")
        .set("sep", pair(end, id(source, end)))
        .set("cls", pair(begin, id(source, begin)));
    root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode model = root.putObject("model");
    id(source, unknown);
    model
        .put("type", "WordPiece")
        .put("unk_token", unknown)
        .put("continuing_subword_prefix", "##")
        .put("max_input_chars_per_word", MOST_CHARS_OF_WORD);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int i = 0; i < source.tokens().size(); i++) {
      vocabulary.put(source.tokens().get(i), i);
    }
    return root;
  }

  private static ArrayNode pair(String token, int id) {
    return JsonMapper.shared().createArrayNode().add(token).add(id);
  }

  private static int id(TokenizerSource.WordPiece source, String token) {
    int id = source.tokens().indexOf(token);
    if (id < 0) {
      throw new ModelLoadException("vocab.txt has no token %s.".formatted(token));
    }
    return id;
  }

  private static boolean flag(Map<String, Object> config, String key, boolean fallback) {
    return config.get(key) instanceof Boolean flag ? flag : fallback;
  }

  private static String name(Map<String, Object> config, String key, String fallback) {
    return switch (config.get(key)) {
      case String text -> text;
      case Map<?, ?> object when object.get("content") instanceof String text -> text;
      case null, default -> fallback;
    };
  }
}
