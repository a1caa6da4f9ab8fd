package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Which of a repository's files a model needs. */
final class HubFiles {
  static final String WEIGHTS = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  private static final Pattern SMALL =
      Pattern.compile(
          "config\\.json|generation_config\\.json|special_tokens_map\\.json"
              + "|tokenizer[^/]*|chat_template\\.(jinja|json)"
              + "|modules\\.json|sentence_bert_config\\.json|vocab\\.txt|\\d+_Pooling/config\\.json");
  private static final Pattern SAFE_SEGMENT = Pattern.compile("[^/\\\\\\p{Cntrl}]{1,255}");
  private static final int MAX_LISTED = 40;

  private HubFiles() {}

  /** Whether a name from the hub stays inside the folder it is put in. */
  static boolean isSafe(String name) {
    for (String segment : name.split("/", -1)) {
      if (!SAFE_SEGMENT.matcher(segment).matches() || segment.matches("\\.{1,2}")) {
        return false;
      }
    }
    return true;
  }

  /**
   * What to fetch first: one GGUF file, or configuration and tokenizer with the single weights file
   * or the index that names the shards. Empty when there are no such files.
   */
  static Optional<Set<String>> choose(ModelRef ref, Collection<String> files) {
    if (ref.file() != null) {
      return files.contains(ref.file()) ? Optional.of(Set.of(ref.file())) : Optional.empty();
    }
    String weights = files.contains(WEIGHTS) ? WEIGHTS : INDEX;
    if (files.contains(weights)) {
      Set<String> chosen = new TreeSet<>(files);
      chosen.removeIf(f -> !SMALL.matcher(f).matches());
      chosen.add(weights);
      return Optional.of(chosen);
    }
    List<String> ggufs = ggufs(files);
    return ggufs.size() == 1 ? Optional.of(Set.copyOf(ggufs)) : Optional.empty();
  }

  /** Why a repository with these files gives nothing to fetch, and what to ask for instead. */
  static ModelLoadException nothing(ModelRef ref, Collection<String> files) {
    List<String> ggufs = ggufs(files);
    if (ref.file() != null) {
      return new ModelLoadException(
          ref.repo() + " has no file " + ref.file() + "; its GGUF files: " + listed(ggufs));
    }
    return new ModelLoadException(
        ggufs.isEmpty()
            ? ref.repo() + " has no weights in safetensors or GGUF; other formats are not supported"
            : "%s has GGUF files only; name one, as in %s:%s. They are: %s"
                .formatted(ref.repo(), ref.repo(), ggufs.getFirst(), listed(ggufs)));
  }

  private static List<String> ggufs(Collection<String> files) {
    return files.stream().filter(f -> f.endsWith(".gguf")).sorted().toList();
  }

  private static String listed(List<String> files) {
    return files.isEmpty()
        ? "none"
        : String.join(", ", files.subList(0, Math.min(files.size(), MAX_LISTED)))
            + (files.size() > MAX_LISTED ? ", ..." : "");
  }
}
