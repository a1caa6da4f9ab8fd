package io.penstock.engine.tokenizer;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TokenizerSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * GGUF's tokenizer model {@code llama}: SentencePiece's BPE (Llama 2, Mistral). It has no list of
 * merges: of all neighbours that together are a piece, those whose piece has the best score are
 * merged first. The list is made here from the scores, one entry for each way to cut a piece in
 * two.
 */
final class SentencePieceJson {
  private static final String SPACE_MARK = "\u2581";

  private SentencePieceJson() {}

  static void describe(TokenizerSource.Gguf source, ObjectNode root) {
    if (source.scores().length != source.tokens().length) {
      throw new ModelLoadException(
          "tokenizer.ggml.scores has %d entries for %d tokens."
              .formatted(source.scores().length, source.tokens().length));
    }
    normalizer(source, root.putObject("normalizer"));
    root.putNull("pre_tokenizer");
    decoder(source, root.putObject("decoder"));
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE").putNull("dropout");
    if (source.unknownId() >= 0) {
      model.put("unk_token", source.tokens()[source.unknownId()]);
    } else {
      model.putNull("unk_token");
    }
    model.put("fuse_unk", true).put("byte_fallback", true).put("ignore_merges", false);
    model.putRawValue("vocab", JsonText.vocabulary(source.tokens()));
    JsonText merges = JsonText.merges();
    for (Merge merge : merges(source)) {
      merges.merge(merge.left, merge.right);
    }
    model.putRawValue("merges", merges.endMerges());
  }

  private static void normalizer(TokenizerSource.Gguf source, ObjectNode node) {
    node.put("type", "Sequence");
    ArrayNode steps = node.putArray("normalizers");
    if (source.addSpacePrefix()) {
      steps.addObject().put("type", "Prepend").put("prepend", SPACE_MARK);
    }
    ObjectNode replace = steps.addObject().put("type", "Replace");
    replace.putObject("pattern").put("String", " ");
    replace.put("content", SPACE_MARK);
  }

  private static void decoder(TokenizerSource.Gguf source, ObjectNode node) {
    node.put("type", "Sequence");
    ArrayNode steps = node.putArray("decoders");
    ObjectNode replace = steps.addObject().put("type", "Replace");
    replace.putObject("pattern").put("String", SPACE_MARK);
    replace.put("content", " ");
    steps.addObject().put("type", "ByteFallback");
    steps.addObject().put("type", "Fuse");
    if (source.addSpacePrefix()) {
      steps.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
  }

  private record Merge(String left, String right, float score) {}

  private static List<Merge> merges(TokenizerSource.Gguf source) {
    Map<String, Integer> pieces = new HashMap<>();
    for (int id = 0; id < source.tokens().length; id++) {
      int type = GgufTokenizerJson.type(source, id);
      if (type == 1 || type == GgufTokenizerJson.TYPE_USER_DEFINED) {
        pieces.put(source.tokens()[id], id);
      }
    }
    List<Merge> merges = new ArrayList<>();
    pieces.forEach(
        (piece, id) -> {
          for (int i = 1; i < piece.length(); i++) {
            String left = piece.substring(0, i);
            String right = piece.substring(i);
            if (pieces.containsKey(left) && pieces.containsKey(right)) {
              merges.add(new Merge(left, right, source.scores()[id]));
            }
          }
        });
    merges.sort(
        Comparator.comparingDouble((Merge merge) -> -merge.score)
            .thenComparing(merge -> pieces.get(merge.left + merge.right))
            .thenComparing(merge -> pieces.get(merge.left)));
    return merges;
  }
}
