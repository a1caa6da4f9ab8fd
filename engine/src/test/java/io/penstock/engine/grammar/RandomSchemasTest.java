package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.grammar.mask.Walks;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random schemas on a vocabulary whose tokens begin and end within characters and JSON's parts:
 * what the masks allow is valid, masks are what a naive walk says, and every cut is accepted.
 */
class RandomSchemasTest {
  private static final int SCHEMAS = 400;
  private static final String SAMPLE =
      "{\"name\": \"größe\", \"a\":[1,2.5,-30],\"b\":null, \"日本\":true,\"x y\":{\"k\":1,\"l\":[true,\"é\"]}}\n"
          + "  \"next\":null},\"extra\":12}]}} \"\\\"quoted\\\"\":false, \"red\" 2024-02-29T10:00:00Z a@b.cd 🙂🙁 \\u00e9";

  @Test
  void whatTheMasksAllowIsValid() {
    Random random = new Random(8);
    TokenVocabulary vocabulary = Vocabularies.pieces(SAMPLE, 500, random);
    GrammarCompiler compiler = new GrammarCompiler(vocabulary);
    RandomSchemas schemas = new RandomSchemas(random);
    int refused = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      String source = schemas.next();
      CompiledGrammar grammar;
      try {
        grammar = compiler.compile(new OutputConstraint.Json(source));
      } catch (ConstraintException e) { // its random parts exclude each other
        refused++;
        continue;
      }
      IndependentValidator validator = new IndependentValidator(source);
      for (int walk = 0; walk < 4; walk++) {
        byte[] made = Walks.text(grammar, random, random.nextInt(40), walk == 0);
        String text = new String(made, StandardCharsets.UTF_8);
        assertThat(text.getBytes(StandardCharsets.UTF_8)).isEqualTo(made);
        assertThat(validator.errors(text)).as("%s by %s", text, source).isEmpty();
        assertThat(Walks.accepts(grammar, Walks.cut(made, vocabulary.text(), random))).isTrue();
      }
    }
    assertThat(refused).isLessThan(SCHEMAS / 5);
  }
}
