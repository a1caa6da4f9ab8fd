package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.grammar.mask.Walks;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions match what java.util.regex matches. */
class RegexTest {
  private static final String ALPHABET = "abcxyzABZ0159 _-.,+@#/()[]{}|\\\"'\n\té€🙂ü";
  private static TokenVocabulary vocabulary;
  private static GrammarCompiler compiler;

  @BeforeAll
  static void compile() {
    vocabulary = Vocabularies.pieces(ALPHABET.repeat(3) + "abcabc 0123 é🙂é", 300, new Random(1));
    compiler = new GrammarCompiler(vocabulary);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abc",
        "a*b+c?",
        "(a|b|cx)*z",
        "[a-cx-z]{2,4}",
        "[^a-z0-9]{1,3}",
        "\\d+(\\.\\d{1,2})?",
        "-?(0|[1-9]\\d{0,3})",
        "(?:ab){2}|(?<n>c){3,}",
        "\\w+@\\w+\\.(com|org)",
        ".{1,3}",
        "[\\w.-]+",
        "\\s*\\S\\s*",
        "é🙂?[ü-ý]*",
        "a{0}b",
        "(a?){3}b",
        "((a|b)*c)*",
        "\\x41\\u00e9\\t?",
        "[\\]\\\\\\-a]+",
        "\\p{Lu}\\p{L}*",
        "(?i)abc[x-z]",
        "x{2}|x{5}|",
        "^abc$|^x+$",
        "a*?b+?",
        "\\$\\^|\\(\\)",
        "[.]{2}[{}]",
        "[^\\s]+[^\\S]?",
        "(^a|b)c?",
        "(a|b$)+c?",
        "(^abc$)|(^x+$)",
        "\\Aab?\\z",
        "\\b[ab ]+\\b",
        "[ -~]{1,3}\\b[ -~]{1,3}",
        "[ab_-]*\\B[x-z-]{0,3}",
        "(?:a\\b|\\B[ -~])+",
        "(?s)a.b?",
        "(?is)A.[x-z]",
      })
  void matchesWhatJavaMatches(String pattern) {
    CompiledGrammar grammar = compiler.compile(new OutputConstraint.Regex(pattern));
    Pattern java = Pattern.compile(pattern);
    Random random = new Random(pattern.hashCode());
    int[] alphabet = ALPHABET.codePoints().toArray();
    for (int i = 0; i < 200; i++) {
      byte[] made = Walks.text(grammar, random, random.nextInt(12), i == 0);
      String text = new String(made, StandardCharsets.UTF_8);
      assertThat(text.getBytes(StandardCharsets.UTF_8)).isEqualTo(made);
      assertThat(java.matcher(text).matches()).as(text).isTrue();
      assertThat(Walks.accepts(grammar, Walks.cut(made, vocabulary.text(), random))).isTrue();
      String changed = changed(text, alphabet, random);
      assertThat(Walks.accepts(grammar, changed))
          .as(changed)
          .isEqualTo(java.matcher(changed).matches());
    }
  }

  private static String changed(String text, int[] alphabet, Random random) {
    int[] points = text.codePoints().toArray();
    StringBuilder changed = new StringBuilder();
    int at = random.nextInt(points.length + 1);
    for (int i = 0; i <= points.length; i++) {
      if (i == at) {
        changed.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        if (random.nextBoolean()) {
          continue;
        }
      }
      if (i < points.length) {
        changed.appendCodePoint(points[i]);
      }
    }
    return changed.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "(a ~ ')' is missing",
        "a) ~ no '('",
        "[a ~ ']' is missing",
        "*a ~ nothing stands before",
        "a** ~ quantifier follows",
        "a{3,1} ~ wrong way round",
        "a{99999} ~ at most",
        "(?=a)b ~ look-ahead",
        "(?<!a)b ~ look-behind",
        "(a)\\1 ~ back references",
        "[z-a] ~ wrong way round",
        "\\p{Greek} ~ general categories",
        "\\q ~ not supported",
      })
  void saysWhatIsNotSupported(String pattern, String problem) {
    assertThatThrownBy(() -> compiler.compile(new OutputConstraint.Regex(pattern)))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void aPatternThatMatchesNothingIsRefused() {
    assertThatThrownBy(() -> compiler.compile(new OutputConstraint.Regex("[^\\s\\S]")))
        .isInstanceOf(ConstraintException.class);
  }
}
