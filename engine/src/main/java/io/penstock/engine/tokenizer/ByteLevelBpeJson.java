package io.penstock.engine.tokenizer;

import io.penstock.engine.core.TokenizerSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** GGUF's tokenizer model {@code gpt2}: byte-level BPE with merges in order of rank. */
final class ByteLevelBpeJson {
  private ByteLevelBpeJson() {}

  static void describe(TokenizerSource.Gguf source, ObjectNode root) {
    root.putNull("normalizer");
    preTokenizer(source, root.putObject("pre_tokenizer"));
    byteLevel(root.putObject("decoder"));
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.put("fuse_unk", false).put("byte_fallback", false);
    model.put("ignore_merges", PreTokenizers.ignoresMerges(source.pre()));
    model.putRawValue("vocab", JsonText.vocabulary(source.tokens()));
    Set<String> tokens = new HashSet<>(Arrays.asList(source.tokens()));
    JsonText merges = JsonText.merges();
    for (String merge : source.merges()) {
      int space = merge.indexOf(' ', 1);
      if (space < 0) {
        continue;
      }
      String left = merge.substring(0, space);
      String right = merge.substring(space + 1);
      // A merge that touches a token which is not there can never be taken.
      if (tokens.contains(left) && tokens.contains(right) && tokens.contains(left + right)) {
        merges.merge(left, right);
      }
    }
    model.putRawValue("merges", merges.endMerges());
  }

  private static void preTokenizer(TokenizerSource.Gguf source, ObjectNode node) {
    node.put("type", "Sequence");
    ArrayNode steps = node.putArray("pretokenizers");
    for (String expression : PreTokenizers.expressions(source.pre())) {
      ObjectNode split = steps.addObject().put("type", "Split");
      split.putObject("pattern").put("Regex", expression);
      split.put("behavior", "Isolated").put("invert", false);
    }
    byteLevel(steps.addObject());
  }

  private static void byteLevel(ObjectNode node) {
    node.put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", false);
  }
}
