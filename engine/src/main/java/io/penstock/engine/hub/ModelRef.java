package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the Hugging Face hub, written {@code org/name[@revision][:file.gguf]}.
 *
 * @param repo {@code org/name}
 * @param revision branch, tag or commit
 * @param file a GGUF file in the repository, or null for the safetensors
 */
public record ModelRef(String repo, String revision, String file) {
  private static final String DEFAULT_REVISION = "main";
  private static final String NAME = "[A-Za-z0-9_][A-Za-z0-9._-]{0,95}";
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?<repo>%s/%s)(@(?<revision>[A-Za-z0-9][A-Za-z0-9._/-]{0,255}))?(:(?<file>[^:\\s]+\\.gguf))?"
              .formatted(NAME, NAME));

  /** The reference, if {@code text} is written like one. */
  public static Optional<ModelRef> tryParse(String text) {
    Matcher m = SYNTAX.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    String revision = m.group("revision") == null ? DEFAULT_REVISION : m.group("revision");
    // All three become parts of paths in the cache.
    boolean safe =
        !m.group("repo").contains("..")
            && !m.group("repo").contains("--")
            && HubFiles.isSafe(revision)
            && (m.group("file") == null || HubFiles.isSafe(m.group("file")));
    return safe
        ? Optional.of(new ModelRef(m.group("repo"), revision, m.group("file")))
        : Optional.empty();
  }

  /**
   * @throws ModelLoadException when {@code text} is not written like one
   */
  public static ModelRef parse(String text) {
    return tryParse(text)
        .orElseThrow(
            () ->
                new ModelLoadException(
                    "\""
                        + text
                        + "\" is not a model on the hub; write org/name, org/name@revision or"
                        + " org/name:file.gguf"));
  }

  /** As it is written. */
  @Override
  public String toString() {
    return repo
        + (revision.equals(DEFAULT_REVISION) ? "" : "@" + revision)
        + (file == null ? "" : ":" + file);
  }
}
