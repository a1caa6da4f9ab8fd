package io.penstock.api.models;

import io.penstock.api.platform.SettingException;
import io.penstock.api.platform.error.ApiException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One entry of {@code penstock.model}.
 *
 * @param id name in the API
 * @param reference a path, a Hugging Face id or {@code null:}
 */
record ModelSpec(String id, String reference) {
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._:/-]*";
  private static final int LONGEST_NAME = 200;
  private static final Pattern NAMED = Pattern.compile("(" + NAME + ")=(.+)");

  private static final String NO_FILES = "null:";

  /** What quantizers append to a GGUF's name: {@code .Q4_1}, {@code -Q4_K_M}, {@code .BF16}. */
  private static final Pattern QUANTIZATION =
      Pattern.compile("[.-](I?Q\\d\\w*|B?F16|F32)$", Pattern.CASE_INSENSITIVE);

  private static final Pattern HUB_ID =
      Pattern.compile("[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*(@[\\w./-]+)?(:.+\\.gguf)?");

  /**
   * @param text {@code PATH}, {@code HF-ID} or {@code NAME=} either of them
   */
  static ModelSpec parse(String text) {
    String trimmed = text.strip();
    if (trimmed.isEmpty()) {
      throw new SettingException(
          "penstock.model has an empty entry; give a path, a Hugging Face id or NAME=PATH.");
    }
    Matcher named = NAMED.matcher(trimmed);
    return named.matches()
        ? new ModelSpec(named.group(1), named.group(2).strip())
        : new ModelSpec(nameOf(trimmed), trimmed);
  }

  /**
   * Names that models and aliases may have.
   *
   * @param field what the client named it
   * @throws ApiException 400 that names the field
   */
  static void checkName(String field, String name) {
    if (name == null || name.length() > LONGEST_NAME || !name.matches(NAME)) {
      throw ApiException.invalid(
          field,
          "%s must begin with a letter or digit and have at most %d of those and . _ : / -"
              .formatted(field, LONGEST_NAME));
    }
  }

  /**
   * The hub id itself, the scheme of what has no files, or the last part of a path without
   * extension and quantization.
   */
  private static String nameOf(String reference) {
    if (reference.startsWith(NO_FILES)) {
      return NO_FILES.substring(0, NO_FILES.length() - 1);
    }
    boolean pathToFile = reference.endsWith(".gguf") && !reference.contains(":");
    if (HUB_ID.matcher(reference).matches() && !pathToFile && !Files.exists(Path.of(reference))) {
      return reference.replaceFirst("[@:].*", "");
    }
    String file = lastPart(reference);
    return file.endsWith(".gguf")
        ? QUANTIZATION.matcher(file.substring(0, file.length() - 5)).replaceFirst("")
        : file;
  }

  private static String lastPart(String path) {
    String stripped = path.replaceFirst("/+$", "");
    return stripped.substring(stripped.lastIndexOf('/') + 1);
  }
}
