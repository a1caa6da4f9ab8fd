package io.penstock.engine.tokenizer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The parts of a {@code tokenizer.json} that are read or rewritten here. The tree may be changed by
 * these methods.
 */
final class TokenizerJson {
  private TokenizerJson() {}

  /**
   * Removes truncation and padding: they are habits of training, and would cut prompts.
   *
   * @return whether there were any
   */
  static boolean dropTruncationAndPadding(ObjectNode root) {
    boolean there = root.path("truncation").isObject() || root.path("padding").isObject();
    root.putNull("truncation");
    root.putNull("padding");
    return there;
  }

  static Vocabulary vocabulary(ObjectNode root) {
    Map<Integer, String> byId = new HashMap<>();
    JsonNode vocab = root.path("model").path("vocab");
    if (vocab.isArray()) {
      for (int id = 0; id < vocab.size(); id++) {
        byId.put(id, vocab.get(id).path(0).asString());
      }
    } else {
      vocab.properties().forEach(e -> byId.put(e.getValue().asInt(), e.getKey()));
    }
    BitSet added = new BitSet();
    BitSet special = new BitSet();
    for (JsonNode token : root.path("added_tokens")) {
      int id = token.path("id").asInt();
      byId.put(id, token.path("content").asString());
      added.set(id);
      special.set(id, token.path("special").asBoolean(false));
    }
    int size = byId.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    String[] tokens = new String[size];
    byId.forEach((id, token) -> tokens[id] = token);
    return new Vocabulary(tokens, added, special, spelling(root.path("decoder")));
  }

  static Vocabulary.Spelling spelling(JsonNode decoder) {
    return switch (decoder.path("type").asString("")) {
      case "ByteLevel" -> Vocabulary.Spelling.BYTE_LEVEL;
      case "ByteFallback", "Metaspace" -> Vocabulary.Spelling.SENTENCE_PIECE;
      case "Sequence" -> {
        for (JsonNode part : decoder.path("decoders")) {
          Vocabulary.Spelling spelling = spelling(part);
          if (spelling != Vocabulary.Spelling.PLAIN) {
            yield spelling;
          }
        }
        yield Vocabulary.Spelling.PLAIN;
      }
      default -> Vocabulary.Spelling.PLAIN;
    };
  }

  /**
   * Renames the control tokens to names that no text can contain, so that their old names are
   * ordinary text. Ids stay as they are; removing the tokens would move those that follow.
   *
   * <p>A new name carries 122 random bits that never leave this process.
   */
  static void hideControlTokens(ObjectNode root) {
    Map<String, String> renamed = new HashMap<>();
    String secret = UUID.randomUUID().toString();
    for (JsonNode token : root.path("added_tokens")) {
      if (token.path("special").asBoolean(false)) {
        String name = "\uE000" + secret + ':' + token.path("id").asInt();
        renamed.put(token.path("content").asString(), name);
        ((ObjectNode) token).put("content", name).put("normalized", false);
      }
    }
    if (root.path("model") instanceof ObjectNode model) {
      renameInVocabulary(model.path("vocab"), renamed);
      if (model.path("merges") instanceof ArrayNode merges) {
        dropMergesOf(merges, renamed);
      }
      String unknown = renamed.get(model.path("unk_token").asString(""));
      if (unknown != null) {
        model.put("unk_token", unknown);
      }
    }
  }

  private static void renameInVocabulary(JsonNode vocab, Map<String, String> renamed) {
    if (vocab instanceof ObjectNode byToken) {
      renamed.forEach(
          (from, to) -> {
            JsonNode id = byToken.remove(from);
            if (id != null) {
              byToken.set(to, id);
            }
          });
    } else if (vocab instanceof ArrayNode pieces) {
      for (JsonNode piece : pieces) {
        String to = renamed.get(piece.path(0).asString());
        if (to != null) {
          ((ArrayNode) piece).set(0, to);
        }
      }
    }
  }

  private static void dropMergesOf(ArrayNode merges, Map<String, String> renamed) {
    merges.removeIf(
        merge -> {
          String left;
          String right;
          if (merge.isArray()) {
            left = merge.path(0).asString();
            right = merge.path(1).asString();
          } else {
            String both = merge.asString();
            int space = both.indexOf(' ', 1);
            left = both.substring(0, Math.max(space, 0));
            right = both.substring(space + 1);
          }
          return renamed.containsKey(left)
              || renamed.containsKey(right)
              || renamed.containsKey(left + right);
        });
  }
}
