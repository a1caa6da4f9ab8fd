package io.penstock.engine.tokenizer;

import io.penstock.engine.core.ModelLoadException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * How the byte-level BPE models that GGUF names under {@code tokenizer.ggml.pre} cut text into
 * words before merging. Each expression of a list cuts the pieces that the one before it left; what
 * no alternative matches is a piece too.
 *
 * <p>The expressions are those of the models' own {@code tokenizer.json}, in Oniguruma's syntax.
 */
final class PreTokenizers {
  /** GPT-2's words: contractions, letters, numbers, other; a space belongs to what follows it. */
  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String BREAKS_AND_SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String LLAMA3 = words("\\p{N}{1,3}");
  private static final String QWEN2 = words("\\p{N}");

  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

  private static final String LETTERS_OF_DEEPSEEK =
      "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗ"
          + "ὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼ\u1FBEῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212A-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳ"
          + "Ꙁ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";

  private static final Map<String, List<String>> BY_NAME = new LinkedHashMap<>();

  static {
    define(List.of(GPT2), "default", "gpt-2", "gpt2", "phi-2", "mpt", "olmo", "jais", "trillion");
    define(
        List.of("\\p{N}", GPT2),
        "smollm",
        "starcoder",
        "refact",
        "command-r",
        "codeshell",
        "exaone",
        "minerva-7b");
    define(
        List.of(LLAMA3),
        "llama-bpe",
        "llama3",
        "llama-v3",
        "falcon3",
        "pixtral",
        "lfm2",
        "dbrx",
        "smaug-bpe",
        "glm4",
        "chatglm-bpe");
    define(List.of(QWEN2), "qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan", "megrez");
    define(List.of(cased("", "\\p{N}")), "tekken");
    define(List.of(cased(CONTRACTION + "?", "\\p{N}{1,3}")), "gpt-4o", "llama4");
    define(
        List.of(
            "[\\r\\n]",
            "\\s?[" + LETTERS_OF_DEEPSEEK + "]+",
            "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
            "\\s+$",
            "[一-龥ࠀ-一가-퟿]+",
            "\\p{N}+"),
        "deepseek-llm");
    define(
        List.of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+", "\\p{N}"),
        "deepseek-coder");
    define(
        List.of(
            "\\p{N}{1,3}",
            "[一-龥\u3040-ゟ゠-ヿ]+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|"
                + BREAKS_AND_SPACES),
        "deepseek-v3",
        "hunyuan-dense");
  }

  private PreTokenizers() {}

  /**
   * @param pre value of {@code tokenizer.ggml.pre}; empty for GPT-2's, as in files older than the
   *     key
   * @return regular expressions to apply one after the other
   * @throws ModelLoadException for a name that is not known
   */
  static List<String> expressions(String pre) {
    String name = pre == null || pre.isEmpty() ? "default" : pre;
    List<String> expressions = BY_NAME.get(name);
    if (expressions == null) {
      throw new ModelLoadException(
          "tokenizer.ggml.pre \"%s\" is not supported; supported are %s."
              .formatted(name, String.join(", ", new TreeSet<>(BY_NAME.keySet()))));
    }
    return expressions;
  }

  /**
   * Whether a whole word of the vocabulary is taken without merging (its merges may be missing).
   */
  static boolean ignoresMerges(String pre) {
    return BY_NAME.get(pre) == BY_NAME.get("llama-bpe") || "tekken".equals(pre);
  }

  /** GPT-4's words (cl100k), with numbers cut by the given expression. */
  private static String words(String numbers) {
    return CONTRACTION
        + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
        + numbers
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
        + BREAKS_AND_SPACES;
  }

  /** GPT-4o's words (o200k): cut also where lower case turns into upper case. */
  private static String cased(String suffix, String numbers) {
    String before = "[^\\r\\n\\p{L}\\p{N}]?";
    return before
        + UPPER
        + "*"
        + LOWER
        + "+"
        + suffix
        + "|"
        + before
        + UPPER
        + "+"
        + LOWER
        + "*"
        + suffix
        + "|"
        + numbers
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|"
        + BREAKS_AND_SPACES;
  }

  private static void define(List<String> expressions, String... names) {
    for (String name : names) {
      BY_NAME.put(name, new ArrayList<>(expressions));
    }
  }
}
