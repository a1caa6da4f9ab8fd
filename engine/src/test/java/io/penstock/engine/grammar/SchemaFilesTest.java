package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.grammar.mask.Walks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The schemas of {@code bench clients} on the bundled model's vocabulary: whatever random tokens of
 * the masks make is valid by a validator that knows nothing of us, and what is valid is accepted in
 * whatever tokens it comes.
 */
class SchemaFilesTest {
  private static final Path SCHEMAS = Path.of("../bench/src/main/resources/clients/schemas");
  private static final int WALKS = 12;
  private static final int TOKENS = 120;

  private static final JsonMapper EXACT =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static TokenVocabulary vocabulary;
  private static GrammarCompiler compiler;

  private static synchronized GrammarCompiler compiler() {
    if (compiler == null) {
      vocabulary = Vocabularies.smolLm2();
      compiler = new GrammarCompiler(vocabulary);
    }
    return compiler;
  }

  static Stream<Path> schemas() throws IOException {
    return Files.list(SCHEMAS).sorted();
  }

  @Test
  void thereAreFifty() throws IOException {
    assertThat(schemas()).hasSize(50);
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void randomTokensOfTheMasksMakeValidValues(Path file) throws IOException {
    String source = Files.readString(file);
    CompiledGrammar grammar = compiler().compile(new OutputConstraint.Json(source));
    IndependentValidator validator = new IndependentValidator(source);
    Random random = new Random(file.getFileName().toString().hashCode());
    for (int walk = 0; walk < WALKS; walk++) {
      byte[] made = Walks.text(grammar, random, random.nextInt(TOKENS), walk == 0);
      String text = new String(made, StandardCharsets.UTF_8);
      assertThat(text.getBytes(StandardCharsets.UTF_8)).isEqualTo(made);
      assertThat(validator.errors(text)).as(text).isEmpty();
      assertThat(Walks.accepts(grammar, Walks.cut(made, vocabulary.text(), random))).isTrue();
      List<Integer> encoded = IntStream.of(vocabulary.encode().apply(text)).boxed().toList();
      assertThat(Walks.accepts(grammar, encoded)).isTrue();
      String compact = EXACT.readTree(text).toString();
      assertThat(Walks.accepts(grammar, compact)).as(compact).isTrue();
    }
  }
}
