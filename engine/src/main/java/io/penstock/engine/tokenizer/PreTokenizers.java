package io.penstock.engine.tokenizer;

import io.penstock.engine.core.ModelLoadException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** Letters of the scripts with two cases that DeepSeek's first tokenizer keeps together. */
  private static final String CASED_LETTERS =
      ranges(
          "41-5A 61-7A B5 C0-D6 D8-F6 F8-1BA 1BC-1BF 1C4-293 295-2AF 370-373 376 377 37B-37D 37F 386"
              + " 388-38A 38C 38E-3A1 3A3-3F5 3F7-481 48A-52F 531-556 10A0-10C5 13A0-13F5 13F8-13FD"
              + " 1C90-1CBA 1CBD-1CBF 1D00-1D2B 1D6B-1D77 1D79-1D9A 1E00-1F15 1F18-1F1D 1F20-1F45"
              + " 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D 1F80-1FB4 1FB6-1FBC 1FBE 1FC2-1FC4"
              + " 1FC6-1FCC 1FD0-1FD3 1FD6-1FDB 1FE0-1FEC 1FF2-1FF4 1FF6-1FFC 2102 2107 210A-2113"
              + " 2115 2119-211D 2124 2126 2128 212A-212D 212F-2134 2139 213C-213F 2145-2149 214E"
              + " 2183 2184 2C00-2C7B 2C7E-2CE4 2CEB-2CEE 2CF2 2CF3 A640-A66D A680-A69B A722-A76F"
              + " A771-A787 A78B-A78E AB70-ABBF FB00-FB06 FB13-FB17 FF21-FF3A FF41-FF5A 10400-1044F"
              + " 104B0-104D3 104D8-104FB 10C80-10CB2 10CC0-10CF2 118A0-118DF 1E900-1E943");

  private static final String WIDE_PUNCTUATION = ranges("FF01-FF0F FF1A-FF5E 2018-201F 3000-3002");
  private static final String IDEOGRAPHS_AND_MORE = ranges("4E00-9FA5 800-4E00 AC00-D7FF");
  private static final String IDEOGRAPHS_AND_KANA = ranges("4E00-9FA5 3040-309F 30A0-30FF");

  private static final Set<String> IGNORES_MERGES =
      Set.of("llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2", "tekken");

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
            "\\s?[" + CASED_LETTERS + "]+",
            "\\s?[!-/:-~" + WIDE_PUNCTUATION + "]+",
            "\\s+$",
            "[" + IDEOGRAPHS_AND_MORE + "]+",
            "\\p{N}+"),
        "deepseek-llm");
    define(
        List.of(
            "[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[" + IDEOGRAPHS_AND_MORE + "]+", "\\p{N}"),
        "deepseek-coder");
    define(
        List.of(
            "\\p{N}{1,3}",
            "[" + IDEOGRAPHS_AND_KANA + "]+",
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
              .formatted(name, String.join(", ", names())));
    }
    return expressions;
  }

  static Set<String> names() {
    return new TreeSet<>(BY_NAME.keySet());
  }

  /** Whether a word that the vocabulary has is taken whole, even if no merges lead to it. */
  static boolean ignoresMerges(String pre) {
    return pre != null && IGNORES_MERGES.contains(pre);
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
      BY_NAME.put(name, expressions);
    }
  }

  /** Ranges of code points, in hexadecimal, as the inside of a character class. */
  private static String ranges(String ranges) {
    return ranges.replaceAll("[0-9A-F]+", "\\\\x{$0}").replace(" ", "");
  }
}
