package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.Walks;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Says of a text whether it is valid by a schema (draft 2020-12), and knows nothing of us. */
final class IndependentValidator {
  private static final int WALKS = 60;
  private static final int TOKENS = 20;
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private final Schema schema;

  IndependentValidator(String schema) {
    this.schema = REGISTRY.getSchema(schema);
  }

  /** What is wrong with a text; formats count. */
  List<Error> errors(String text) {
    return schema.validate(
        text,
        InputFormat.JSON,
        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
  }

  /**
   * Asserts that a grammar and the validator say the same of some texts, and that what random
   * tokens of the grammar's masks make is valid.
   *
   * @param valid texts between semicolons
   * @param invalid texts between semicolons
   */
  static void assertAgrees(GrammarCompiler compiler, String schema, String valid, String invalid) {
    CompiledGrammar grammar = compiler.compile(new OutputConstraint.Json(schema));
    IndependentValidator validator = new IndependentValidator(schema);
    for (String text : valid.strip().split(";")) {
      assertThat(validator.errors(text)).as(text).isEmpty();
      assertThat(Walks.accepts(grammar, text)).as(text).isTrue();
    }
    for (String text : invalid.strip().split(";")) {
      assertThat(validator.errors(text)).as(text).isNotEmpty();
      assertThat(Walks.accepts(grammar, text)).as(text).isFalse();
    }
    Random random = new Random(schema.hashCode());
    for (int walk = 0; walk < WALKS; walk++) {
      byte[] made = Walks.text(grammar, random, random.nextInt(TOKENS), walk == 0);
      String text = new String(made, StandardCharsets.UTF_8);
      assertThat(validator.errors(text)).as(text).isEmpty();
    }
  }
}
